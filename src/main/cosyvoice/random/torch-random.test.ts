import { describe, expect, it } from 'vitest'
import { createMersenneTwister } from './mersenne-twister.ts'
import { createTorchRandom, torchNormal, torchUniform } from './torch-random.ts'

/** The step of float32 between 1 and 2: torch's vector code rounds a logarithm or a sine to one side or the other. */
const FLOAT32_ULP = 2 ** -23
const expectNear = (number: number | undefined, expected: number, tolerance: number) =>
  expect(Math.abs((number ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance)

describe('the generator of torch', () => {
  it('gives the numbers the authors of MT19937 publish', () => {
    // C++ standard, [rand.predef]: the 10000th of mt19937 with the default seed; the first from the authors' mt19937ar.
    const next = createMersenneTwister(5489)
    expect(next()).toBe(3499211612)
    for (let i = 2; i < 10_000; i++) next()
    expect(next()).toBe(4123659995)
  })

  it('gives what torch.rand gives', () => {
    const numbers = torchUniform(0, 1000)
    // Exact but for the digits that were not printed.
    expectNear(numbers[0], 0.49625659, 5e-9)
    expectNear(numbers[142], 0.97470677, 5e-9)
    expectNear(numbers[999], 0.40386343, 5e-9)
  })

  it('gives what torch.randn gives, also for counts that are no multiple of 16', () => {
    const numbers = torchNormal(0, 17)
    expectNear(numbers[0], -1.12583983, FLOAT32_ULP)
    expectNear(numbers[2], 0.56665063, FLOAT32_ULP)
    expectNear(numbers[16], 0.93182659, FLOAT32_ULP)
    expectNear(torchNormal(1986, 1_200_000)[0], -1.41372228, FLOAT32_ULP)
  })

  it('draws uniform numbers that fill [0, 1) evenly', () => {
    const counts = new Array<number>(10).fill(0)
    const numbers = torchUniform(7, 100_000)
    for (const number of numbers) counts[Math.floor(number * 10)] = (counts[Math.floor(number * 10)] ?? 0) + 1
    expect(counts).toHaveLength(10)
    // Five deviations of a binomial of 100 000 and 1/10.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(475)
  })

  it('draws normal numbers of mean 0 and variance 1', () => {
    const numbers = torchNormal(7, 100_000)
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    const variance = numbers.reduce((sum, number) => sum + number ** 2, 0) / numbers.length
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(100_000))
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 100_000))
    const within = numbers.filter((number) => Math.abs(number) < 1).length / numbers.length
    expect(within).toBeCloseTo(0.6827, 2)
  })

  it('goes on where the draw before ended', () => {
    const parts = createTorchRandom(3)
    const whole = torchUniform(3, 1500)
    expect(parts.uniform(700)).toEqual(whole.subarray(0, 700))
    expect(parts.uniform(800)).toEqual(whole.subarray(700))
    const normals = createTorchRandom(3)
    expect(normals.normal(160)).toEqual(torchNormal(3, 320).subarray(0, 160))
    expect(normals.normal(160)).toEqual(torchNormal(3, 320).subarray(160))
  })

  it('does not draw fewer than 16 normal numbers, which torch does in another way', () => {
    expect(() => torchNormal(0, 15)).toThrow('16 or more')
    expect(torchNormal(0, 16)).toHaveLength(16)
  })
})
