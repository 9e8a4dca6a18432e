const STATE_SIZE = 624
const SHIFT = 397

/**
 * MT19937, the generator behind torch's CPU random numbers.
 * @param seed only its low 32 bits count, as in torch
 * @returns the next number, 0 to 2^32 - 1, at every call
 * @source Matsumoto and Nishimura, "Mersenne Twister", 1998, with the initialisation of 2002 (init_genrand)
 */
export const createMersenneTwister = (seed: number): (() => number) => {
  const state = new Uint32Array(STATE_SIZE)
  state[0] = seed
  for (let i = 1; i < STATE_SIZE; i++) {
    const before = state[i - 1] ?? 0
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i
  }
  let at = STATE_SIZE

  const renew = () => {
    for (let i = 0; i < STATE_SIZE; i++) {
      const next = state[(i + 1) % STATE_SIZE] ?? 0
      const joined = ((state[i] ?? 0) & 0x80000000) | (next & 0x7fffffff)
      state[i] = (state[(i + SHIFT) % STATE_SIZE] ?? 0) ^ (joined >>> 1) ^ (next & 1 ? 0x9908b0df : 0)
    }
    at = 0
  }

  return () => {
    if (at === STATE_SIZE) renew()
    let bits = state[at++] ?? 0
    bits ^= bits >>> 11
    bits ^= (bits << 7) & 0x9d2c5680
    bits ^= (bits << 15) & 0xefc60000
    return (bits ^ (bits >>> 18)) >>> 0
  }
}
