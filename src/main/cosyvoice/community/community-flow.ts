import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { solveFlow, timeSchedule, type Velocity } from '../flow/euler-solver.ts'
import type { Flow, FlowCondition } from '../flow/flow.ts'
import { sliceFlowNoise } from '../flow/flow-noise.ts'
import { float32Of, type Network, networkTensor } from '../sessions.ts'
import { sliceFrames } from '../vocoder/mel-frames.ts'

type CommunityFlowNetworks = {
  readonly embedding: Network
  readonly speaker: Network
  readonly lookahead: Network
  readonly estimator: Network
}

/** @source FunAudioLLM/CosyVoice cosyvoice/flow/flow.py F.normalize */
const NORM_FLOOR = 1e-12

const unit = (vector: Float32Array): Float32Array => {
  const length = Math.max(NORM_FLOOR, Math.hypot(...vector))
  return vector.map((value) => value / length)
}

/** The first rows of [more rows, columns] to [columns, rows]. */
const turned = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column] ?? 0
  return result
}

/** A batch of two: what is given, and behind it nothing. */
const beforeNothing = (row: Float32Array): Float32Array => {
  const batch = new Float32Array(2 * row.length)
  batch.set(row)
  return batch
}

/**
 * The estimator answers with and without the condition in one batch of two; the solver asks for one after the other.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow_matching.py solve_euler
 */
const velocityOf = (
  estimator: Network,
  { mu, spks, frames }: FlowCondition,
  { cond, steps, melBins }: { cond: Float32Array; steps: number; melBins: number },
): Velocity => {
  const { times } = timeSchedule(steps)
  const values = melBins * frames
  const x = new Float32Array(2 * values)
  const mel = (data: Float32Array) => networkTensor(data, [2, melBins, frames])
  const fixed = {
    mask: networkTensor(new Float32Array(2 * frames).fill(1), [2, 1, frames]),
    mu: mel(beforeNothing(mu)),
    spks: networkTensor(beforeNothing(spks), [2, melBins]),
    cond: mel(beforeNothing(cond)),
  }
  let unconditional = new Float32Array()
  return async (at) => {
    if (at.mu !== mu) return unconditional
    x.set(at.x)
    x.set(at.x, values)
    const { estimator_out: both } = await estimator.run({
      ...fixed,
      x: mel(x),
      t: networkTensor(new Float32Array(2).fill(times[at.step] ?? 0), [2]),
    })
    const velocities = float32Of(both)
    assert(velocities.length === 2 * values, 'a velocity is [2, melBins, frames]')
    unconditional = velocities.slice(values)
    return velocities.subarray(0, values)
  }
}

/**
 * The flow over published graphs.
 *
 * Their estimator lets every frame see every other and has no input for a mask of chunks. So while a line is still being spoken
 * the frames known so far see each other and none beyond, as if the line ended there, and the frames of the next call have been
 * computed beside ones that differ a little from what was heard: `keepsChunkMask` changes nothing. The original has the same
 * seam, before its last chunk alone. What stands before the estimator looks three tokens ahead and no farther, and is exact.
 */
export const createCommunityFlow = (
  { embedding, speaker: projection, lookahead, estimator }: CommunityFlowNetworks,
  description: ModelDescription['flow'],
): Flow => {
  const { melBins, framesPerToken, lookaheadTokens } = description

  const condition: Flow['condition'] = async ({ tokens, speaker, isFinal }) => {
    const spoken = tokens.length - (isFinal ? 0 : lookaheadTokens)
    assert(spoken > 0, 'there are tokens to speak')
    const ids = BigInt64Array.from(tokens, (token) => BigInt(Math.max(0, token)))
    const { embedded } = await embedding.run({ token: networkTensor(ids, [1, ids.length]) })
    assert(embedded !== undefined, 'a graph gives the outputs it was checked for')
    // Silence follows what the graph is given, so the last tokens are right only where the line ends with them.
    const { h } = await lookahead.run({ token_embedded: embedded })
    const { projected } = await projection.run({ embedding: networkTensor(unit(speaker), [1, speaker.length]) })
    const frames = spoken * framesPerToken
    return { mu: turned(float32Of(h), frames, melBins), spks: float32Of(projected), frames }
  }
  return {
    description,
    condition,
    async render(input, job) {
      const conditions = await condition(input)
      const { mu, spks, frames } = conditions
      const promptFrames = input.promptMel.length / melBins
      const cond = new Float32Array(melBins * frames)
      const promptRows = turned(input.promptMel, promptFrames, melBins)
      for (let bin = 0; bin < melBins; bin++)
        cond.set(promptRows.subarray(bin * promptFrames, (bin + 1) * promptFrames), bin * frames)
      const velocity = velocityOf(estimator, conditions, { cond, steps: input.steps, melBins })
      const noise = sliceFlowNoise(frames)
      const mel = await solveFlow({ mu, cond, spks, frames, melBins, steps: input.steps, noise, velocity }, job)
      return sliceFrames(mel, melBins, promptFrames)
    },
  }
}
