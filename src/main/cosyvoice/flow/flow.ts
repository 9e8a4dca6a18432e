import { createHash } from 'node:crypto'
import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, type NetworkValue, networkTensor } from '../sessions.ts'
import { sliceFrames } from '../vocoder/mel-frames.ts'
import { chunkMask } from './chunk-mask.ts'
import { type FlowJob, solveFlow } from './euler-solver.ts'
import { createFlowMemory, type FlowMemory } from './flow-memory.ts'
import { sliceFlowNoise } from './flow-noise.ts'
import { type LineMemory, memoryShapeOf, nothingRemembered } from './line-memory.ts'

export type FlowNetworks = {
  readonly front: Network
  readonly estimator: Network
  /** Modulation of the estimator for a number of steps, [steps, rows, width]. */
  readonly modulation: (steps: number) => Float32Array
}

export type FlowInput = {
  /** Speech tokens of the prompt audio, then those to be spoken. */
  readonly tokens: readonly number[]
  /** Mel of the prompt audio, row-major [frames, mel bins] as it is measured; may be empty. */
  readonly promptMel: Float32Array
  /** [192] as the speaker network gives it */
  readonly speaker: Float32Array
  readonly steps: number
  /** False while more tokens will come: the last few are then context alone, and no frame looks beyond its chunk. */
  readonly isFinal: boolean
  /** No frame looks beyond its chunk in the final call either, so that frames of finished chunks are what they were before. */
  readonly keepsChunkMask?: boolean
}

export type FlowCondition = { readonly mu: Float32Array; readonly spks: Float32Array; readonly frames: number }

/** What every piece of a line has in common. */
export type FlowVoice = Pick<FlowInput, 'promptMel' | 'speaker' | 'steps'> & {
  /** Speech tokens of the prompt audio. */
  readonly promptTokens: readonly number[]
}

export type FlowLineOptions = {
  /** Preset true; see `FlowInput`. False lets the last piece see, and hear for the first time, the whole line. */
  readonly keepsChunkMask?: boolean
}

/** A line that is drawn piece by piece, while its tokens are still being made. */
export interface FlowLine extends Disposable {
  /**
   * @param tokens of the line so far, without the prompt's; of a piece that is not final, the last few are context alone
   * @returns mel of the frames that no earlier piece had, row-major [mel bins, frames]
   * @throws AppCancel
   */
  push(tokens: readonly number[], isFinal: boolean, job?: FlowJob): Promise<Float32Array<ArrayBuffer>>
}

/** Speech tokens to mel. */
export type Flow = {
  readonly description: ModelDescription['flow']
  /** What the estimator is told: mu [mel bins, frames] and spks [mel bins]. */
  condition(input: Pick<FlowInput, 'tokens' | 'speaker' | 'isFinal' | 'keepsChunkMask'>): Promise<FlowCondition>
  /** @returns mel of what follows the prompt, row-major [mel bins, frames]. @throws AppCancel */
  render(input: FlowInput, job?: FlowJob): Promise<Float32Array<ArrayBuffer>>
  /** Where finished chunks are remembered from piece to piece, and the prompt's from line to line. Asked through `flowLine`. */
  readonly line?: (voice: FlowVoice, options?: FlowLineOptions) => FlowLine
}

/**
 * A line in pieces, by whatever flow. One that remembers computes what is new; any other computes the prompt and the line so far
 * with every piece.
 */
export const flowLine = (flow: Flow, voice: FlowVoice, options: FlowLineOptions = {}): FlowLine =>
  flow.line?.(voice, options) ?? computedAnew(flow, voice, options)

const computedAnew = (flow: Flow, voice: FlowVoice, { keepsChunkMask = true }: FlowLineOptions): FlowLine => {
  let given = 0
  return {
    async push(tokens, isFinal, job) {
      const mel = await flow.render(
        { ...voice, tokens: [...voice.promptTokens, ...tokens], isFinal, keepsChunkMask },
        job,
      )
      const fresh = sliceFrames(mel, flow.description.melBins, given)
      given = mel.length / flow.description.melBins
      return fresh
    },
    [Symbol.dispose]: () => undefined,
  }
}

/** [rows, columns] to [columns, rows]. */
const turned = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column] ?? 0
  return result
}

export type FlowOptions = {
  /** What may be remembered of lines and prompts; preset none. See `presetFlowMemoryBytes`. */
  readonly memoryBytes?: number
}

/**
 * Disposing frees what is remembered, and leaves the networks open.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow.py inference
 */
export const createFlow = (
  networks: FlowNetworks,
  description: ModelDescription['flow'],
  { memoryBytes = 0 }: FlowOptions = {},
): Flow & Disposable => {
  const { melBins, framesPerToken, lookaheadTokens, speechCodes, chunkTokens } = description
  const chunkFrames = chunkTokens * framesPerToken
  const memoryShape = memoryShapeOf(networks.estimator)
  const nothing = memoryShape ? nothingRemembered(memoryShape) : {}
  // A device would have to be sent all of it with every call.
  const memory =
    memoryShape && memoryBytes > 0 && networks.estimator.provider === 'cpu'
      ? createFlowMemory(memoryShape, { budgetBytes: memoryBytes, chunkFrames })
      : undefined

  const condition: Flow['condition'] = async ({ tokens, speaker, isFinal, keepsChunkMask = false }) => {
    const ahead = isFinal ? Array.from({ length: lookaheadTokens }, () => speechCodes) : []
    const spoken = tokens.length - (isFinal ? 0 : lookaheadTokens)
    assert(spoken > 0, 'there are tokens to speak')
    const ids = BigInt64Array.from([...tokens.map((token) => Math.max(0, token)), ...ahead], BigInt)
    const chunks = isFinal && !keepsChunkMask ? undefined : chunkTokens
    const masks: Record<string, Float32Array> = networks.front.inputNames.includes('token_bias')
      ? {
          token_bias: chunkMask(spoken, chunks),
          frame_bias: chunkMask(spoken * framesPerToken, chunks && chunks * framesPerToken),
        }
      : {}
    const outputs = await networks.front.run({
      tokens: networkTensor(ids, [1, ids.length]),
      speaker: networkTensor(speaker, [1, speaker.length]),
      ...Object.fromEntries(
        Object.entries(masks).map(([name, mask]) => {
          const size = Math.sqrt(mask.length)
          return [name, networkTensor(mask, [1, 1, size, size])]
        }),
      ),
    })
    return { mu: float32Of(outputs.mu), spks: float32Of(outputs.spks), frames: spoken * framesPerToken }
  }

  /** Mel of all frames behind those that are remembered; of finished chunks, as many are remembered as there is room for. */
  const solve = async (
    input: FlowInput,
    job: FlowJob | undefined,
    line?: { readonly memory: LineMemory; readonly flowMemory: FlowMemory },
  ): Promise<Float32Array> => {
    const { mu, spks, frames } = await condition(input)
    const from = line?.memory.frames ?? 0
    const fresh = frames - from
    const promptFrames = input.promptMel.length / melBins
    const promptRows = turned(input.promptMel, promptFrames, melBins)
    const cond = sliceFrames(sliceFrames(promptRows, melBins, Math.min(from, promptFrames)), melBins, 0, fresh)
    const seesAll = input.isFinal && !input.keepsChunkMask
    const mask = chunkMask(frames, seesAll ? undefined : chunkFrames, from)
    const bias = networkTensor(mask, [1, 1, fresh, frames])
    const finished = Math.floor(frames / chunkFrames) * chunkFrames
    // Behind the last piece there is nobody to remember for.
    const kept = !line || input.isFinal ? 0 : Math.min(finished, line.flowMemory.grow(line.memory, finished)) - from
    const { rows, width } = description.modulation
    const table = networks.modulation(input.steps)
    const newMu = sliceFrames(mu, melBins, from)
    const mel = await solveFlow(
      {
        mu: newMu,
        cond,
        spks,
        frames: fresh,
        melBins,
        steps: input.steps,
        noise: sliceFlowNoise(frames, from),
        velocity: async (at) => {
          const isConditional = at.mu === newMu
          const inputs: Record<string, NetworkValue> = {
            ...(line?.memory.inputs(at.step, isConditional, kept) ?? nothing),
            x: networkTensor(at.x, [1, melBins, fresh]),
            mu: networkTensor(at.mu, [1, melBins, fresh]),
            cond: networkTensor(at.cond, [1, melBins, fresh]),
            spks: networkTensor(at.spks, [1, melBins]),
            modulation: networkTensor(table.subarray(at.step * rows * width, (at.step + 1) * rows * width), [
              rows,
              width,
            ]),
            attention_bias: bias,
          }
          const outputs = await networks.estimator.run(inputs, kept > 0 ? undefined : ['velocity'])
          if (kept > 0) line?.memory.hold(at.step, isConditional, outputs)
          return float32Of(outputs.velocity)
        },
      },
      job,
    )
    if (kept > 0) line?.memory.advance(kept)
    return mel
  }

  const render: Flow['render'] = async (input, job) =>
    sliceFrames(await solve(input, job), melBins, input.promptMel.length / melBins)

  /** Finished frames of a prompt whose tokens know all that they look ahead to, whatever line follows. */
  const finishedPrompt = ({ promptTokens }: FlowVoice): number =>
    Math.max(0, Math.floor((promptTokens.length - lookaheadTokens) / chunkTokens)) * chunkFrames

  const rememberedLine = (
    flowMemory: FlowMemory,
    voice: FlowVoice,
    { keepsChunkMask = true }: FlowLineOptions,
  ): FlowLine => {
    const { promptTokens, steps } = voice
    const promptFrames = flowMemory.promptFrames(finishedPrompt(voice), steps)
    const prompt: FlowInput = {
      ...voice,
      tokens: promptTokens.slice(0, promptFrames / framesPerToken + lookaheadTokens),
      promptMel: voice.promptMel.subarray(0, promptFrames * melBins),
      isFinal: false,
    }
    const name = digestOf(prompt)
    const line = { memory: flowMemory.begin(name, steps), flowMemory }
    const hasRoomForPrompt = (): boolean =>
      promptFrames > 0 && flowMemory.grow(line.memory, promptFrames) >= promptFrames
    let given = promptTokens.length * framesPerToken
    return {
      async push(tokens, isFinal, job) {
        const input = { ...voice, tokens: [...promptTokens, ...tokens], isFinal, keepsChunkMask }
        const isAnew = isFinal && !keepsChunkMask
        // Always apart from the line, so that a line is the same whether its prompt was known before or not.
        if (!isAnew && line.memory.frames === 0 && hasRoomForPrompt()) {
          await solve(prompt, job?.signal && { signal: job.signal }, line)
          line.memory.markPrompt()
        }
        const from = isAnew ? 0 : line.memory.frames
        const mel = isAnew ? await solve(input, job) : await solve(input, job, line)
        const fresh = sliceFrames(mel, melBins, given - from)
        given = from + mel.length / melBins
        return fresh
      },
      [Symbol.dispose]: () => flowMemory.end(name, line.memory),
    }
  }
  return {
    description,
    condition,
    render,
    ...(memory && { line: (voice, options = {}) => rememberedLine(memory, voice, options) }),
    [Symbol.dispose]: () => memory?.[Symbol.dispose](),
  }
}

/** Tells apart what begins a line. */
const digestOf = ({ tokens, promptMel, speaker, steps }: FlowInput): string => {
  const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength)
  return createHash('sha256')
    .update(JSON.stringify({ tokens, steps }))
    .update(bytesOf(promptMel))
    .update(bytesOf(speaker))
    .digest('hex')
}
