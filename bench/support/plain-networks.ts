import {
  float32Of,
  type LlmDecoder,
  type Network,
  type NetworkValue,
  networkTensor,
  timeSchedule,
} from '../../src/main/cosyvoice/index.ts'
import type { LlmTensors } from '../../src/main/networks/index.ts'

/** Decodes with the plain graphs: the whole cache goes in and comes out with every step. */
export const createPlainLlmDecoder = (body: Network, head: Network, tensors: LlmTensors): LlmDecoder => {
  const { hiddenSize, keyValueHeads, headSize, layers } = tensors
  let cache: NetworkValue = networkTensor(new Float32Array(0), [2 * layers.length, 1, keyValueHeads, 0, headSize])
  let length = 0
  return {
    get length() {
      return length
    },
    async forward(embeddings) {
      const rows = embeddings.length / hiddenSize
      length += rows
      const { hidden_states: hidden, new_past_key_values: grown } = await body.run({
        inputs_embeds: networkTensor(embeddings, [1, rows, hiddenSize]),
        attention_mask: networkTensor(new Float32Array(length).fill(1), [1, length]),
        past_key_values: cache,
      })
      if (!hidden || !grown) throw new Error('the plain graph gave no hidden states or no cache')
      cache = grown
      const { logits } = await head.run({ hidden_state: hidden })
      return float32Of(logits)
    },
  }
}

export type PlainEstimatorInput = {
  /** [batch, mel, frames] */
  readonly x: Float32Array
  readonly mu: Float32Array
  readonly cond: Float32Array
  /** [batch, mel] */
  readonly spks: Float32Array
  /** The same for the whole batch. */
  readonly time: number
  readonly batch: number
  readonly frames: number
}

/** One call of the plain estimator. @returns velocity [batch, mel, frames] */
export const runPlainEstimator = async (
  network: Network,
  { x, mu, cond, spks, time, batch, frames }: PlainEstimatorInput,
): Promise<Float32Array> => {
  const mel = (data: Float32Array): NetworkValue => networkTensor(data, [batch, data.length / (batch * frames), frames])
  const outputs = await network.run({
    x: mel(x),
    mu: mel(mu),
    cond: mel(cond),
    spks: networkTensor(spks, [batch, spks.length / batch]),
    mask: networkTensor(new Float32Array(batch * frames).fill(1), [batch, 1, frames]),
    t: networkTensor(new Float32Array(batch).fill(time), [batch]),
  })
  return float32Of(outputs.estimator_out)
}

/** Two rows of a batch, the second all zeros. */
const withZeros = (row: Float32Array): Float32Array => {
  const rows = new Float32Array(2 * row.length)
  rows.set(row)
  return rows
}
const twice = (row: Float32Array): Float32Array => {
  const rows = withZeros(row)
  rows.set(row, row.length)
  return rows
}

/**
 * The plain estimator behind the inputs that the app's flow gives its own. As exported, it answers with and without the
 * condition in one batch of two, so the second call of a step gets what the first one left. It serves one solution.
 */
export const asFlowEstimator = (network: Network, steps: number): Network => {
  const { times } = timeSchedule(steps)
  let calls = 0
  let left: Float32Array | undefined
  return {
    ...network,
    outputNames: ['velocity'],
    async run(inputs) {
      const x = float32Of(inputs.x)
      const dims = inputs.x?.dims ?? []
      const answer = (data: Float32Array) => ({ velocity: networkTensor(data, dims) })
      if (left) {
        const kept = left
        left = undefined
        return answer(kept)
      }
      const both = await runPlainEstimator(network, {
        x: twice(x),
        mu: withZeros(float32Of(inputs.mu)),
        cond: withZeros(float32Of(inputs.cond)),
        spks: withZeros(float32Of(inputs.spks)),
        time: times[calls++] ?? 0,
        batch: 2,
        frames: dims[2] ?? 0,
      })
      left = both.subarray(x.length)
      return answer(both.subarray(0, x.length))
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
