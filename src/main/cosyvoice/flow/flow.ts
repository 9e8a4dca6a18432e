import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, networkTensor } from '../sessions.ts'
import { chunkMask } from './chunk-mask.ts'
import { type FlowJob, solveFlow } from './euler-solver.ts'
import { sliceFlowNoise } from './flow-noise.ts'

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

/** Speech tokens to mel. */
export type Flow = {
  readonly description: ModelDescription['flow']
  /** What the estimator is told: mu [mel bins, frames] and spks [mel bins]. */
  condition(input: Pick<FlowInput, 'tokens' | 'speaker' | 'isFinal' | 'keepsChunkMask'>): Promise<FlowCondition>
  /** @returns mel of what follows the prompt, row-major [mel bins, frames]. @throws AppCancel */
  render(input: FlowInput, job?: FlowJob): Promise<Float32Array<ArrayBuffer>>
}

/** [rows, columns] to [columns, rows]. */
const turned = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column] ?? 0
  return result
}

/** @source FunAudioLLM/CosyVoice cosyvoice/flow/flow.py inference */
export const createFlow = (networks: FlowNetworks, description: ModelDescription['flow']): Flow => {
  const { melBins, framesPerToken, lookaheadTokens, speechCodes, chunkTokens } = description

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
  return {
    description,
    condition,
    async render(input, job) {
      const { mu, spks, frames } = await condition(input)
      const promptFrames = input.promptMel.length / melBins
      const cond = new Float32Array(melBins * frames)
      const promptRows = turned(input.promptMel, promptFrames, melBins)
      for (let bin = 0; bin < melBins; bin++)
        cond.set(promptRows.subarray(bin * promptFrames, (bin + 1) * promptFrames), bin * frames)
      const seesAll = input.isFinal && !input.keepsChunkMask
      const mask = chunkMask(frames, seesAll ? undefined : chunkTokens * framesPerToken)
      const bias = networkTensor(mask, [1, 1, frames, frames])
      const { rows, width } = description.modulation
      const table = networks.modulation(input.steps)
      const mel = await solveFlow(
        {
          mu,
          cond,
          spks,
          frames,
          melBins,
          steps: input.steps,
          noise: sliceFlowNoise(frames),
          velocity: async (at) => {
            const outputs = await networks.estimator.run({
              x: networkTensor(at.x, [1, melBins, frames]),
              mu: networkTensor(at.mu, [1, melBins, frames]),
              cond: networkTensor(at.cond, [1, melBins, frames]),
              spks: networkTensor(at.spks, [1, melBins]),
              modulation: networkTensor(table.subarray(at.step * rows * width, (at.step + 1) * rows * width), [
                rows,
                width,
              ]),
              attention_bias: bias,
            })
            return float32Of(outputs.velocity)
          },
        },
        job,
      )
      const spokenFrames = frames - promptFrames
      const spoken = new Float32Array(melBins * spokenFrames)
      for (let bin = 0; bin < melBins; bin++)
        spoken.set(mel.subarray(bin * frames + promptFrames, (bin + 1) * frames), bin * spokenFrames)
      return spoken
    },
  }
}
