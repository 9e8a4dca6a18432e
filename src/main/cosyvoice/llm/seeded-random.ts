import { createMersenneTwister } from '../random/mersenne-twister.ts'

/** The next number, uniform in [0, 1), at every call. */
export type RandomSource = () => number

/**
 * The same numbers from the same seed on every machine: multiples of 2^-53, each made of two draws of MT19937.
 * @param seed a whole number from 0 to 2^32 - 1
 * @source Matsumoto and Nishimura, mt19937ar.c genrand_res53; numpy/numpy numpy/random/_mt19937.pyx (RandomState.random_sample)
 */
export const createSeededRandom = (seed: number): RandomSource => {
  const next = createMersenneTwister(seed)
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}
