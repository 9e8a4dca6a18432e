import { AppCancel, assert } from '../../../shared/kernel/index.ts'

/** How strongly the solution leans towards its condition. @source FunAudioLLM/CosyVoice cosyvoice3.yaml inference_cfg_rate */
const CFG_RATE = 0.7

const HALF_PI = Math.fround(Math.PI / 2)

export type TimeSchedule = {
  /** The flow time, from 0 to less than 1, at which each step asks the network; float32 as the sum of the step sizes gives it. */
  times: Float32Array
  /** How far each step goes. */
  stepSizes: Float32Array
}

/**
 * The cosine schedule of Euler's method: small steps first. The network is asked at the float32 sum of the steps before, which
 * may be a unit in the last place away from the formula.
 * @param steps 1 or more; 10 in the original
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow_matching.py solve_euler
 */
export const timeSchedule = (steps: number): TimeSchedule => {
  assert(Number.isInteger(steps) && steps >= 1, 'the flow is solved in one step or more')
  const share = Math.fround(1 / steps)
  // torch.linspace counts from the nearer end.
  const places = Float32Array.from({ length: steps + 1 }, (_, i) =>
    i < Math.floor((steps + 1) / 2) ? share * i : 1 - Math.fround(share * (steps - i)),
  )
  const targets = places.map((place) => 1 - Math.fround(Math.cos(Math.fround(place * HALF_PI))))

  const times = new Float32Array(steps)
  const stepSizes = new Float32Array(steps)
  let time = 0
  for (let step = 0; step < steps; step++) {
    const stepSize = Math.fround((targets[step + 1] ?? 0) - time)
    times[step] = time
    stepSizes[step] = stepSize
    time = Math.fround(time + stepSize)
  }
  return { times, stepSizes }
}

/** One call of the network, for a batch of one. The arrays are read before it answers and used again after. */
export type VelocityInput = {
  /** Where the solution stands, [melBins, frames]. */
  x: Float32Array
  /** [melBins, frames] */
  mu: Float32Array
  /** [melBins, frames] */
  cond: Float32Array
  /** [melBins] */
  spks: Float32Array
  /** From 0: the row of the time schedule. */
  step: number
}

/** Gives [melBins, frames]; it may give the same array every time. */
export type Velocity = (input: VelocityInput) => Promise<Float32Array> | Float32Array

export type FlowProblem = {
  /** What the tokens ask for, row-major [melBins, frames]. */
  mu: Float32Array
  /** Mel of the prompt, then zeros, row-major [melBins, frames]. */
  cond: Float32Array
  /** The projected speaker embedding, [melBins]. */
  spks: Float32Array
  /** Prompt and speech together. */
  frames: number
  melBins: number
  steps: number
  /** Where the solution begins, row-major [melBins, frames]; see sliceFlowNoise. */
  noise: Float32Array
  cfgRate?: number
  velocity: Velocity
}

export type FlowJob = {
  signal?: AbortSignal
  /** Called after each step with how many are done. */
  onStep?: (doneSteps: number) => void
}

/**
 * Follows the flow from noise to mel with Euler's method and classifier-free guidance: two calls of the network a step, one
 * with the condition, one with mu, cond and spks all zero. Rounds to float32 where the original does.
 * @returns row-major [melBins, frames], the prompt's frames included
 * @throws AppCancel between two calls of the network, once the signal is aborted
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow_matching.py solve_euler
 */
export const solveFlow = async (problem: FlowProblem, { signal, onStep }: FlowJob = {}): Promise<Float32Array> => {
  const { mu, cond, spks, frames, melBins, noise, velocity, cfgRate = CFG_RATE } = problem
  const values = melBins * frames
  assert(mu.length === values && cond.length === values, 'mu and cond are [melBins, frames]')
  assert(noise.length === values && spks.length === melBins, 'noise is [melBins, frames], spks is [melBins]')
  const { stepSizes } = timeSchedule(problem.steps)
  const withWeight = Math.fround(1 + cfgRate)
  const withoutWeight = Math.fround(cfgRate)

  const x = Float32Array.from(noise)
  const zeros = new Float32Array(values)
  const noSpeaker = new Float32Array(melBins)
  const guided = new Float32Array(values)
  const ask = async (input: VelocityInput): Promise<Float32Array> => {
    if (signal?.aborted) throw new AppCancel()
    const answer = await velocity(input)
    assert(answer.length === values, 'a velocity is [melBins, frames]')
    return answer
  }

  for (const [step, stepSize] of stepSizes.entries()) {
    const conditional = await ask({ x, mu, cond, spks, step })
    for (let i = 0; i < values; i++) guided[i] = withWeight * (conditional[i] ?? 0)
    const unconditional = await ask({ x, mu: zeros, cond: zeros, spks: noSpeaker, step })
    for (let i = 0; i < values; i++) {
      const slope = Math.fround((guided[i] ?? 0) - Math.fround(withoutWeight * (unconditional[i] ?? 0)))
      x[i] = (x[i] ?? 0) + Math.fround(stepSize * slope)
    }
    onStep?.(step + 1)
  }
  return x
}
