import { assert } from '../../../shared/kernel/index.ts'

/** @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py SineGen2, cosyvoice3.yaml nsf_alpha, nsf_sigma */
const SINE_LEVEL = Math.fround(0.1)
const VOICED_NOISE_LEVEL = Math.fround(0.003)
const UNVOICED_NOISE_LEVEL = Math.fround(SINE_LEVEL / 3)
/** @source FunAudioLLM/CosyVoice cosyvoice3.yaml nsf_voiced_threshold */
const VOICED_ABOVE_HZ = 10
const TWO_PI = Math.fround(2 * Math.PI)

export type SourceInput = {
  /** Pitch of each mel frame in Hz, [frames]; at most 10 is unvoiced. */
  f0: Float32Array
  /** How much of each harmonic there is, [harmonics]: the first is the pitch itself. */
  weights: readonly number[]
  bias: number
  /** CosyVoice 3 keeps a sine still through a frame; CosyVoice 2 moves it from the middle of a frame to that of the next. */
  isCausal: boolean
  /** [frames * samplesPerFrame, harmonics]; see createSourceNoise. */
  noise: Float32Array
  sampleRateHz: number
  samplesPerFrame: number
  /**
   * How far the harmonics have come, [harmonics], moved on by the call. Handing it on from part to part of a line gives what the
   * whole line would; a line begins with zeros. A part that is not causal has that from the middle of its first frame to the
   * middle of its last.
   */
  turns?: Float64Array
}

/**
 * Angle of each harmonic at each frame, [harmonics, frames], in radians. As on torch's CPU: turns are summed in double precision,
 * and each sum is rounded to float32 before it becomes an angle.
 */
const anglesOf = ({ f0, weights, sampleRateHz, samplesPerFrame }: SourceInput, turns: Float64Array): Float32Array => {
  const frames = f0.length
  const angles = new Float32Array(weights.length * frames)
  for (let harmonic = 0; harmonic < weights.length; harmonic++) {
    let sum = turns[harmonic] ?? 0
    for (let frame = 0; frame < frames; frame++) {
      const frequencyHz = Math.fround((f0[frame] ?? 0) * (harmonic + 1))
      sum += Math.fround(frequencyHz / sampleRateHz) % 1
      angles[harmonic * frames + frame] = Math.fround(Math.fround(sum) * TWO_PI) * samplesPerFrame
    }
    turns[harmonic] = sum
  }
  return angles
}

/**
 * What the vocoder's decoder shapes into a voice: sines at the pitch and its multiples where there is a pitch, noise, and
 * louder noise where there is none.
 * @returns [frames * samplesPerFrame], within -1 and 1
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py SineGen2, SourceModuleHnNSF; pytorch/pytorch
 *   aten/src/ATen/native/cpu/ReduceOpsKernel.cpp cumsum_cpu_kernel
 */
export const sourceSignal = (input: SourceInput): Float32Array => {
  const { f0, weights, bias, isCausal, noise, samplesPerFrame } = input
  const frames = f0.length
  const harmonics = weights.length
  const turns = input.turns ?? new Float64Array(harmonics)
  assert(noise.length === frames * samplesPerFrame * harmonics, 'noise is [frames * samplesPerFrame, harmonics]')
  assert(turns.length === harmonics, 'turns are [harmonics]')

  const angles = anglesOf(input, turns)
  const weightOf = Float64Array.from(weights)
  const signal = new Float32Array(frames * samplesPerFrame)
  /** Weighted sines at a place between two frames; the share is of the later one. */
  const sinesAt = (frame: number, laterFrame: number, laterShare: number): number => {
    let sum = 0
    for (let harmonic = 0; harmonic < harmonics; harmonic++) {
      const earlier = angles[harmonic * frames + frame] ?? 0
      const later = angles[harmonic * frames + laterFrame] ?? 0
      const angle = laterShare === 0 ? earlier : Math.fround(earlier * (1 - laterShare) + later * laterShare)
      sum += (weightOf[harmonic] ?? 0) * Math.sin(angle)
    }
    return SINE_LEVEL * sum
  }

  for (let frame = 0; frame < frames; frame++) {
    const isVoiced = (f0[frame] ?? 0) > VOICED_ABOVE_HZ
    const noiseLevel = isVoiced ? VOICED_NOISE_LEVEL : UNVOICED_NOISE_LEVEL
    const stillSines = isVoiced && isCausal ? sinesAt(frame, frame, 0) : 0
    for (let i = 0; i < samplesPerFrame; i++) {
      const sample = frame * samplesPerFrame + i
      let noiseSum = 0
      for (let harmonic = 0; harmonic < harmonics; harmonic++)
        noiseSum += (weightOf[harmonic] ?? 0) * (noise[sample * harmonics + harmonic] ?? 0)

      let sines = stillSines
      if (isVoiced && !isCausal) {
        // A frame's angle holds in its middle; before the first and after the last middle it stands still.
        const place = Math.max(0, (sample + 0.5) / samplesPerFrame - 0.5)
        const earlier = Math.floor(place)
        sines = sinesAt(earlier, Math.min(earlier + 1, frames - 1), place - earlier)
      }
      signal[sample] = Math.tanh(sines + noiseLevel * noiseSum + bias)
    }
  }
  return signal
}
