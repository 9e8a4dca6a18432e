import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { PROMPT_ROWS_AT_ONCE } from '../devices/providers.ts'
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

/** A decoder that can be gone on with in more than one way. What it keeps on a device is freed when it is disposed of. */
export interface ForkingDecoder extends LlmDecoder, Disposable {
  /** Another that knows the same positions; neither hears what the other goes on with. Both are to be disposed of. */
  fork(): ForkingDecoder
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

  /** @param count rows that are filled */
  copy(count: number): GrowingRows {
    const other = new GrowingRows(this.#width)
    other.append(0, this.view(count))
    return other
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
export const createLlmDecoder = (network: Network, description: LlmDescription): ForkingDecoder =>
  description.form === 'cpu' ? viewDecoder(network, description) : deviceDecoder(network, description)

type ViewState = { length: number; readonly layers: readonly { keys: GrowingRows; values: GrowingRows }[] }

/** Keys and values belong to JavaScript: a step reads them where they lie and adds one row to each. */
const viewDecoder = (network: Network, description: LlmDescription, begun?: ViewState): ForkingDecoder => {
  const width = description.keyValueHeads * description.headSize
  const group = description.queryHeads / description.keyValueHeads
  const newLayer = () => ({ keys: new GrowingRows(width), values: new GrowingRows(width) })
  const layers = begun?.layers ?? Array.from({ length: description.layers }, newLayer)
  let length = begun?.length ?? 0
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
      for (const [index, { keys, values }] of layers.entries()) {
        inputs[`past_key.${index}`] = networkTensor(keys.view(length), [1, length, width])
        inputs[`past_value.${index}`] = networkTensor(values.view(length), [1, length, width])
      }
      const outputs = await network.run(inputs)
      for (const [index, { keys, values }] of layers.entries()) {
        keys.append(length, float32Of(outputs[`new_key.${index}`]))
        values.append(length, float32Of(outputs[`new_value.${index}`]))
      }
      length += rows
      return float32Of(outputs.logits)
    },
    fork: () =>
      viewDecoder(network, description, {
        length,
        layers: layers.map(({ keys, values }) => ({ keys: keys.copy(length), values: values.copy(length) })),
      }),
    // The memory is JavaScript's.
    [Symbol.dispose]: () => undefined,
  }
}

/** Keys and values behind some position, and how many decoders are there. */
type DeviceState = { readonly length: number; readonly values: ReadonlyMap<string, NetworkValue>; users: number }

/** Keys and values stay where the network runs: what one step gives is handed to the next, unread. */
const deviceDecoder = (network: Network, description: LlmDescription, begun?: DeviceState): ForkingDecoder => {
  const { hiddenSize } = description
  const rowsAtOnce = PROMPT_ROWS_AT_ONCE[network.provider] ?? Number.POSITIVE_INFINITY
  const empty = (description.weights === 'fp16' ? halfTensor : networkTensor)(new Float32Array(0), [
    1,
    description.keyValueHeads,
    0,
    description.headSize,
  ])
  const names = Array.from({ length: description.layers }, (_, index) => [`key.${index}`, `value.${index}`]).flat()
  let state: DeviceState = begun ?? { length: 0, values: new Map(), users: 1 }

  // Memory of a device is not collected with the object that stands for it.
  const leave = (left: DeviceState): void => {
    left.users--
    if (left.users === 0) for (const value of left.values.values()) value.dispose()
  }
  const add = async (embeddings: Float32Array): Promise<Float32Array> => {
    const rows = embeddings.length / hiddenSize
    const length = state.length + rows
    const outputs = await network.run({
      inputs_embeds: networkTensor(embeddings, [1, rows, hiddenSize]),
      last_position: networkTensor(Int32Array.of(length - 1), [1]),
      length: networkTensor(Int32Array.of(length), []),
      ...Object.fromEntries(names.map((name) => [`past_${name}`, state.values.get(name) ?? empty])),
    })
    const values = new Map(names.map((name) => [name, outputs[`present_${name}`] ?? empty]))
    leave(state)
    state = { length, values, users: 1 }
    return float32Of(outputs.logits)
  }
  return {
    get length() {
      return state.length
    },
    async forward(embeddings) {
      let scores: Float32Array = new Float32Array()
      const step = rowsAtOnce * hiddenSize
      for (let at = 0; at < embeddings.length; at += step)
        scores = await add(embeddings.subarray(at, Math.min(embeddings.length, at + step)))
      return scores
    },
    fork: () => {
      state.users++
      return deviceDecoder(network, description, state)
    },
    [Symbol.dispose]: () => leave(state),
  }
}

/** Decoders of one text, one after the other. */
interface RetryDecoders extends Disposable {
  /** One that has seen nothing yet. The one before it is at its end. */
  next(): LlmDecoder
}

/**
 * For saying a text more than once: what every attempt begins with is computed by the first of them alone.
 * @param start has seen nothing yet; is disposed of with what this gives
 */
export const createRetryDecoders = (start: ForkingDecoder): RetryDecoders => {
  let heard: { readonly prompt: Float32Array; readonly scores: Float32Array } | undefined
  let attempt: ForkingDecoder | undefined
  const begin = async (prompt: Float32Array): Promise<Float32Array> => {
    heard ??= { prompt, scores: Float32Array.from(await start.forward(prompt)) }
    assert(heard.prompt === prompt, 'every attempt begins with the same prompt')
    attempt = start.fork()
    // Whoever samples may change what it was given.
    return Float32Array.from(heard.scores)
  }
  const end = (): void => {
    attempt?.[Symbol.dispose]()
    attempt = undefined
  }
  return {
    next() {
      end()
      return {
        get length() {
          return attempt?.length ?? 0
        },
        forward: (embeddings) => attempt?.forward(embeddings) ?? begin(embeddings),
      }
    },
    [Symbol.dispose]() {
      end()
      start[Symbol.dispose]()
    },
  }
}
