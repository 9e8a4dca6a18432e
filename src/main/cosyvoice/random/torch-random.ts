import { assert } from '../../../shared/kernel/index.ts'
import { createMersenneTwister } from './mersenne-twister.ts'

/** Numbers torch's CPU generator gives in float32, call after call: a second call goes on where the first one ended. */
interface TorchRandom {
  /** As `torch.rand(count)`: uniform in [0, 1), multiples of 2^-24. */
  uniform(count: number): Float32Array
  /** As `torch.randn(count)`, to a float32 ulp. Fewer than 16 numbers torch draws in another way, which is not here. */
  normal(count: number): Float32Array
}

/** torch transforms numbers in blocks of this many, the first half with the second. */
const NORMAL_BLOCK = 16
const TWO_PI = Math.fround(2 * Math.PI)

/** Box-Muller in place, rounded to float32 wherever torch rounds. */
const toNormal = (block: Float32Array): void => {
  const half = NORMAL_BLOCK / 2
  for (let i = 0; i < half; i++) {
    // [0, 1) becomes (0, 1], for the logarithm.
    const logarithm = Math.fround(Math.log(1 - (block[i] ?? 0)))
    const radius = Math.fround(Math.sqrt(-2 * logarithm))
    const angle = Math.fround(TWO_PI * (block[i + half] ?? 0))
    block[i] = radius * Math.fround(Math.cos(angle))
    block[i + half] = radius * Math.fround(Math.sin(angle))
  }
}

/**
 * A generator seeded as by `torch.manual_seed(seed)`.
 * @source pytorch/pytorch aten/src/ATen/native/cpu/DistributionTemplates.h, aten/src/ATen/core/TransformationHelper.h
 */
export const createTorchRandom = (seed: number): TorchRandom => {
  const next = createMersenneTwister(seed)
  const fill = (numbers: Float32Array): void => {
    for (let i = 0; i < numbers.length; i++) numbers[i] = (next() & 0xffffff) / 2 ** 24
  }
  return {
    uniform: (count) => {
      const numbers = new Float32Array(count)
      fill(numbers)
      return numbers
    },
    normal: (count) => {
      assert(count >= NORMAL_BLOCK, 'normal numbers are drawn 16 or more at a time')
      const numbers = new Float32Array(count)
      fill(numbers)
      for (let at = 0; at + NORMAL_BLOCK <= count; at += NORMAL_BLOCK) toNormal(numbers.subarray(at, at + NORMAL_BLOCK))
      if (count % NORMAL_BLOCK > 0) {
        // What does not fill a block is drawn anew, together with the end of the block before it.
        const tail = numbers.subarray(count - NORMAL_BLOCK)
        fill(tail)
        toNormal(tail)
      }
      return numbers
    },
  }
}

/** `torch.manual_seed(seed); torch.rand(count)`; a longer draw begins with the numbers of a shorter one. */
export const torchUniform = (seed: number, count: number): Float32Array => createTorchRandom(seed).uniform(count)

/** `torch.manual_seed(seed); torch.randn(count)`, 16 numbers or more. */
export const torchNormal = (seed: number, count: number): Float32Array => createTorchRandom(seed).normal(count)
