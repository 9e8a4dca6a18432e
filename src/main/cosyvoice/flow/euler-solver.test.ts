import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { type FlowProblem, solveFlow, timeSchedule, type VelocityInput } from './euler-solver.ts'

describe('the schedule of the flow', () => {
  it('is the cosine one, as the reference prints it', () => {
    const { times, stepSizes } = timeSchedule(10)
    const expected = [0, 0.012312, 0.048943, 0.108993, 0.190983, 0.292893, 0.412215, 0.54601, 0.690983, 0.843566, 1]
    for (const [step, time] of times.entries()) {
      const end = time + (stepSizes[step] ?? Number.NaN)
      // Printed with six digits.
      expect(Math.abs(time - (expected[step] ?? Number.NaN))).toBeLessThan(1e-6)
      expect(Math.abs(end - (expected[step + 1] ?? Number.NaN))).toBeLessThan(1e-6)
    }
    expect(times).toHaveLength(10)
  })

  it('asks at the float32 sum of the steps before, and ends at 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (steps) => {
        const { times, stepSizes } = timeSchedule(steps)
        let sum = 0
        for (let step = 0; step < steps; step++) {
          expect(times[step]).toBe(sum)
          expect(Math.abs(sum - (1 - Math.cos((Math.PI / 2) * (step / steps))))).toBeLessThan(2e-7)
          sum = Math.fround(sum + (stepSizes[step] ?? 0))
        }
        expect(Math.abs(sum - 1)).toBeLessThanOrEqual(2 ** -23)
      }),
    )
  })

  it('has at least one step', () => {
    expect([...timeSchedule(1).stepSizes]).toEqual([1])
    expect(() => timeSchedule(0)).toThrow('one step or more')
    expect(() => timeSchedule(2.5)).toThrow('one step or more')
  })
})

const frames = 3
const melBins = 2
const problem = (changes: Partial<FlowProblem> & Pick<FlowProblem, 'velocity'>): FlowProblem => ({
  mu: Float32Array.of(1, 2, 3, 4, 5, 6),
  cond: Float32Array.of(9, 0, 0, 8, 0, 0),
  spks: Float32Array.of(0.5, -0.5),
  noise: Float32Array.of(-1, 0, 1, 2, -2, 0.25),
  frames,
  melBins,
  steps: 10,
  ...changes,
})
const isConditional = (input: VelocityInput) => input.spks.some((value) => value !== 0)

describe('the solver of the flow', () => {
  it('asks twice a step, with the condition and with nothing but where it stands', async () => {
    const asked: (Omit<VelocityInput, 'x'> & { x: number[] })[] = []
    const given = problem({
      steps: 3,
      velocity: (input) => {
        asked.push({ ...input, x: [...input.x] })
        return new Float32Array(6).fill(1)
      },
    })
    await solveFlow(given)
    expect(asked.map(({ step }) => step)).toEqual([0, 0, 1, 1, 2, 2])
    for (const [turn, { x, mu, cond, spks }] of asked.entries()) {
      if (turn % 2 === 0) expect({ mu, cond, spks }).toEqual({ mu: given.mu, cond: given.cond, spks: given.spks })
      else {
        expect([...mu, ...cond, ...spks]).toEqual(new Array(14).fill(0))
        expect(x).toEqual(asked[turn - 1]?.x)
      }
    }
    expect(asked[0]?.x).toEqual([...given.noise])
    expect(asked[2]?.x).not.toEqual([...given.noise])
  })

  it('leans away from what comes without the condition: 1.7 times with, 0.7 times without', async () => {
    const solved = await solveFlow(
      problem({ velocity: (input) => new Float32Array(6).fill(isConditional(input) ? 3 : 5) }),
    )
    const start = problem({ velocity: () => new Float32Array(6) }).noise
    for (const [i, value] of solved.entries()) expect(value).toBeCloseTo((start[i] ?? 0) + 1.7 * 3 - 0.7 * 5, 5)
  })

  it('takes another guidance, none included', async () => {
    const velocity = (input: VelocityInput) => new Float32Array(6).fill(isConditional(input) ? 3 : 5)
    const solved = await solveFlow(problem({ cfgRate: 0, velocity, noise: new Float32Array(6) }))
    for (const value of solved) expect(value).toBeCloseTo(3, 6)
  })

  it('takes a network that writes every answer into the same array', async () => {
    const shared = new Float32Array(6)
    const velocity = (answer: () => Float32Array) => (input: VelocityInput) => {
      const target = answer()
      for (let i = 0; i < 6; i++) target[i] = (input.mu[i] ?? 0) * 0.3 - (input.x[i] ?? 0) * (1 + input.step)
      return target
    }
    const fresh = await solveFlow(problem({ velocity: velocity(() => new Float32Array(6)) }))
    expect(await solveFlow(problem({ velocity: velocity(() => shared) }))).toEqual(fresh)
  })

  it('is Euler’s method: each value follows the recurrence in float64', async () => {
    const field = (x: number, mu: number, step: number) => Math.sin(3 * x + step) + mu
    const solved = await solveFlow(
      problem({ velocity: ({ x, mu, step }) => x.map((value, i) => field(value, mu[i] ?? 0, step)) }),
    )
    const { mu, noise } = problem({ velocity: () => new Float32Array(6) })
    for (const [i, value] of solved.entries()) {
      let x = noise[i] ?? 0
      for (let step = 0; step < 10; step++) {
        const stepSize = Math.cos((Math.PI * step) / 20) - Math.cos((Math.PI * (step + 1)) / 20)
        x += stepSize * (1.7 * field(x, mu[i] ?? 0, step) - 0.7 * field(x, 0, step))
      }
      expect(Math.abs(value - x)).toBeLessThan(2e-5)
    }
  })

  it('leaves what it was given as it was, and waits for slow networks', async () => {
    const given = problem({ velocity: async ({ x }) => x.map((value) => -value) })
    const before = structuredClone({ mu: given.mu, cond: given.cond, spks: given.spks, noise: given.noise })
    const solved = await solveFlow(given)
    expect({ mu: given.mu, cond: given.cond, spks: given.spks, noise: given.noise }).toEqual(before)
    expect(Math.abs(solved[3] ?? Number.NaN)).toBeLessThan(1)
  })

  it('tells how many steps are done', async () => {
    const told: number[] = []
    await solveFlow(problem({ steps: 4, velocity: () => new Float32Array(6) }), { onStep: (done) => told.push(done) })
    expect(told).toEqual([1, 2, 3, 4])
  })

  it.each([0, 1, 5])('asks no more once it is cancelled during call %i', async (during) => {
    const controller = new AbortController()
    let calls = 0
    const told: number[] = []
    const solving = solveFlow(
      problem({
        velocity: () => {
          if (calls++ === during) controller.abort()
          return new Float32Array(6)
        },
      }),
      { signal: controller.signal, onStep: (done) => told.push(done) },
    )
    await expect(solving).rejects.toBeInstanceOf(AppCancel)
    expect(calls).toBe(during + 1)
    expect(told).toHaveLength(Math.floor((during + 1) / 2))
  })

  it('refuses arrays of the wrong length', async () => {
    const velocity = () => new Float32Array(6)
    await expect(solveFlow(problem({ velocity, mu: new Float32Array(5) }))).rejects.toThrow('[melBins, frames]')
    await expect(solveFlow(problem({ velocity, spks: new Float32Array(3) }))).rejects.toThrow('spks')
    await expect(solveFlow(problem({ velocity: () => new Float32Array(7) }))).rejects.toThrow('velocity')
  })
})
