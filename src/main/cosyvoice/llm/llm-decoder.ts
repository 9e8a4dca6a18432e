import type { ModelDescription } from '../../model-bundle/index.ts'
import { FORBIDDEN } from '../flow/chunk-mask.ts'
import { float32Of, halfTensor, type Network, type NetworkValue, networkTensor } from '../sessions.ts'

type LlmDescription = ModelDescription['llm']

/** One text being spoken: knows every position so far. */
export interface LlmDecoder {
  /** Positions so far. */
  readonly length: number
  /**
   * Adds positions and scores the next token.
   * @param embeddings [count, hidden]
   * @returns logits [speech vocabulary] behind the last of them, before softmax
   */
  forward(embeddings: Float32Array): Promise<Float32Array>
}

const FIRST_CAPACITY = 512

/** Rows that grow; those filled are one contiguous view. */
class GrowingRows {
  #data: Float32Array
  readonly #width: number

  constructor(width: number) {
    this.#width = width
    this.#data = new Float32Array(FIRST_CAPACITY * width)
  }

  view(count: number): Float32Array {
    return this.#data.subarray(0, count * this.#width)
  }

  append(count: number, rows: Float32Array): void {
    const needed = count * this.#width + rows.length
    if (needed > this.#data.length) {
      const grown = new Float32Array(Math.max(needed, 2 * this.#data.length))
      grown.set(this.view(count))
      this.#data = grown
    }
    this.#data.set(rows, count * this.#width)
  }
}

/** [rows·group, past + rows] zero where a row may look, row-major, `group` query rows for each position. */
export const causalBias = (rows: number, past: number, group: number): Float32Array => {
  const width = past + rows
  const bias = new Float32Array(rows * group * width)
  for (let row = 0; row < rows * group; row++)
    bias.fill(FORBIDDEN, row * width + past + Math.floor(row / group) + 1, (row + 1) * width)
  return bias
}

/** Starts a text. The graph is the one that the description is about. */
export const createLlmDecoder = (network: Network, description: LlmDescription): LlmDecoder =>
  description.form === 'cpu' ? viewDecoder(network, description) : deviceDecoder(network, description)

/** Keys and values belong to JavaScript: a step reads them where they lie and adds one row to each. */
const viewDecoder = (network: Network, description: LlmDescription): LlmDecoder => {
  const width = description.keyValueHeads * description.headSize
  const group = description.queryHeads / description.keyValueHeads
  const layers = Array.from({ length: description.layers }, (_, index) => ({
    index,
    keys: new GrowingRows(width),
    values: new GrowingRows(width),
  }))
  let length = 0
  let zeros = new Float32Array(FIRST_CAPACITY * group)

  const biasFor = (rows: number): Float32Array => {
    if (rows > 1) return causalBias(rows, length, group)
    const needed = (length + 1) * group
    if (zeros.length < needed) zeros = new Float32Array(2 * needed)
    return zeros.subarray(0, needed)
  }
  return {
    get length() {
      return length
    },
    async forward(embeddings) {
      const rows = embeddings.length / description.hiddenSize
      const inputs: Record<string, NetworkValue> = {
        inputs_embeds: networkTensor(embeddings, [1, rows, description.hiddenSize]),
        position: networkTensor(BigInt64Array.of(BigInt(length)), [1]),
        attention_bias: networkTensor(biasFor(rows), [1, 1, rows * group, length + rows]),
      }
      for (const { index, keys, values } of layers) {
        inputs[`past_key.${index}`] = networkTensor(keys.view(length), [1, length, width])
        inputs[`past_value.${index}`] = networkTensor(values.view(length), [1, length, width])
      }
      const outputs = await network.run(inputs)
      for (const { index, keys, values } of layers) {
        keys.append(length, float32Of(outputs[`new_key.${index}`]))
        values.append(length, float32Of(outputs[`new_value.${index}`]))
      }
      length += rows
      return float32Of(outputs.logits)
    },
  }
}

/** Keys and values stay where the network runs: what one step gives is handed to the next, unread. */
const deviceDecoder = (network: Network, description: LlmDescription): LlmDecoder => {
  const empty = (description.weights === 'fp16' ? halfTensor : networkTensor)(new Float32Array(0), [
    1,
    description.keyValueHeads,
    0,
    description.headSize,
  ])
  const names = Array.from({ length: description.layers }, (_, index) => [`key.${index}`, `value.${index}`]).flat()
  let cache = new Map<string, NetworkValue>(names.map((name) => [name, empty]))
  let length = 0
  return {
    get length() {
      return length
    },
    async forward(embeddings) {
      const rows = embeddings.length / description.hiddenSize
      length += rows
      const outputs = await network.run({
        inputs_embeds: networkTensor(embeddings, [1, rows, description.hiddenSize]),
        last_position: networkTensor(Int32Array.of(length - 1), [1]),
        length: networkTensor(Int32Array.of(length), []),
        ...Object.fromEntries(names.map((name) => [`past_${name}`, cache.get(name) ?? empty])),
      })
      const before = cache
      cache = new Map(names.map((name) => [name, outputs[`present_${name}`] ?? empty]))
      // Memory of a device is not collected with the object that stands for it.
      for (const value of before.values()) if (value !== empty) value.dispose()
      return float32Of(outputs.logits)
    },
  }
}
