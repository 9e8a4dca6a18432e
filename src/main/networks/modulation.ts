import { assert } from '../../shared/kernel/index.ts'
import type { Linear } from './linear.ts'

/** Frequencies fall from 1 to 1/10000, and time is counted in thousandths. */
const LONGEST_PERIOD = 10_000
const TIME_SCALE = 1000

/** Sines, then cosines [size] of a time step in [0, 1]. @source FunAudioLLM/CosyVoice cosyvoice/flow/DiT/modules.py; shivammehta25/Matcha-TTS matcha/models/components/decoder.py */
export const timeEmbedding = (time: number, size: number): Float32Array => {
  const half = size / 2
  const step = Math.fround(Math.log(LONGEST_PERIOD) / (half - 1))
  const embedding = new Float32Array(size)
  for (let index = 0; index < half; index++) {
    const angle = Math.fround(Math.fround(TIME_SCALE * time) * Math.fround(Math.exp(-index * step)))
    embedding[index] = Math.sin(angle)
    embedding[half + index] = Math.cos(angle)
  }
  return embedding
}

export const silu = (x: number): number => x / (1 + Math.exp(-x))
export const mish = (x: number): number => x * Math.tanh(Math.log1p(Math.exp(x)))

/** x · Wᵀ + b for each row, summed in double precision. @param rows each [inputs] */
export const applyLinear = async (rows: readonly Float32Array[], { weight, bias }: Linear): Promise<Float32Array[]> => {
  const [outputs = 0, inputs = 0] = weight.shape
  const weights = await weight.load()
  const offsets = bias ? await bias.load() : new Float32Array(outputs)
  return rows.map((row) => {
    assert(row.length === inputs, 'a row fits the layer')
    const result = new Float32Array(outputs)
    for (let output = 0; output < outputs; output++) {
      let sum = offsets[output] ?? 0
      const from = output * inputs
      for (let input = 0; input < inputs; input++) sum += (weights[from + input] ?? 0) * (row[input] ?? 0)
      result[output] = sum
    }
    return result
  })
}

/** What the network makes of each time step before its blocks see it: linear, SiLU, linear. */
export const timeVectors = async (
  times: Float32Array,
  first: Linear,
  second: Linear,
): Promise<readonly Float32Array[]> => {
  const size = first.weight.shape[1] ?? 0
  const hidden = await applyLinear(
    Array.from(times, (time) => timeEmbedding(time, size)),
    first,
  )
  return applyLinear(
    hidden.map((row) => row.map(silu)),
    second,
  )
}
