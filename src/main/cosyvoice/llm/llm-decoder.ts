import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, type NetworkValue, networkTensor } from '../sessions.ts'

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

/** Added to the score of a position that may not be seen: its share is exactly zero, in half precision too. */
const MASKED = -65504

/** [rows·group, past + rows] zero where a row may look, row-major, `group` query rows for each position. */
const causalBias = (rows: number, past: number, group: number): Float32Array => {
  const width = past + rows
  const bias = new Float32Array(rows * group * width)
  for (let row = 0; row < rows * group; row++)
    bias.fill(MASKED, row * width + past + Math.floor(row / group) + 1, (row + 1) * width)
  return bias
}

/** Decodes with keys and values that belong to JavaScript: a step reads them where they lie and adds one row to each. */
export const createLlmDecoder = (network: Network, description: LlmDescription): LlmDecoder => {
  assert(description.form === 'cpu', 'this decoder runs the form of the graph for processors')
  const width = description.keyValueHeads * description.headSize
  const group = description.queryHeads / description.keyValueHeads
  const keys = Array.from({ length: description.layers }, () => new GrowingRows(width))
  const values = Array.from({ length: description.layers }, () => new GrowingRows(width))
  let length = 0
  let zeros = new Float32Array(FIRST_CAPACITY * group)

  const biasFor = (rows: number): Float32Array => {
    if (rows > 1) return causalBias(rows, length, group)
    if (zeros.length < (length + 1) * group) zeros = new Float32Array(2 * zeros.length)
    return zeros.subarray(0, (length + 1) * group)
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
      for (let layer = 0; layer < description.layers; layer++) {
        inputs[`past_key.${layer}`] = networkTensor(keys[layer]?.view(length) ?? zeros, [1, length, width])
        inputs[`past_value.${layer}`] = networkTensor(values[layer]?.view(length) ?? zeros, [1, length, width])
      }
      const outputs = await network.run(inputs)
      for (let layer = 0; layer < description.layers; layer++) {
        keys[layer]?.append(length, float32Of(outputs[`new_key.${layer}`]))
        values[layer]?.append(length, float32Of(outputs[`new_value.${layer}`]))
      }
      length += rows
      return float32Of(outputs.logits)
    },
  }
}
