import { linearToDb } from '../kernel/index.ts'
import { createTruePeakMeter } from './true-peak.ts'

export type Loudness = {
  /** Integrated, ITU-R BS.1770; null for silence, and for less than the 0.4 s that a loudness takes. */
  loudnessLufs: number | null
  /** Highest true peak of any channel; null for silence. */
  peakDbtp: number | null
}

/** Measures PCM as it comes, in blocks of any length. */
export interface LoudnessMeter {
  /** @param interleaved f32, channels interleaved, whole frames */
  add(interleaved: Float32Array): void
  measure(): Loudness
}

/**
 * The two filters of K-weighting at any rate: BS.1770 gives them as numbers for 48 kHz; these are the analogue filters
 * behind those numbers. @source B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 2018
 */
const kWeighting = (sampleRateHz: number) => {
  const shelf = { hz: 1681.974450955533, gainDb: 3.999843853973347, q: 0.7071752369554196 }
  const highPass = { hz: 38.13547087602444, q: 0.5003270373238773 }
  const gain = 10 ** (shelf.gainDb / 20)
  const middleGain = gain ** 0.4996667741545416
  const shelfK = Math.tan((Math.PI * shelf.hz) / sampleRateHz)
  const shelfA0 = 1 + shelfK / shelf.q + shelfK ** 2
  const passK = Math.tan((Math.PI * highPass.hz) / sampleRateHz)
  const passA0 = 1 + passK / highPass.q + passK ** 2
  return {
    shelf: {
      b0: (gain + (middleGain * shelfK) / shelf.q + shelfK ** 2) / shelfA0,
      b1: (2 * (shelfK ** 2 - gain)) / shelfA0,
      b2: (gain - (middleGain * shelfK) / shelf.q + shelfK ** 2) / shelfA0,
      a1: (2 * (shelfK ** 2 - 1)) / shelfA0,
      a2: (1 - shelfK / shelf.q + shelfK ** 2) / shelfA0,
    },
    /** Its zeros are 1, -2, 1. */
    highPass: {
      a1: (2 * (passK ** 2 - 1)) / passA0,
      a2: (1 - passK / highPass.q + passK ** 2) / passA0,
    },
  }
}

/** One channel through K-weighting: power of each stretch it is asked for. */
const createKWeightedPower = (sampleRateHz: number) => {
  const { shelf, highPass } = kWeighting(sampleRateHz)
  const { b0, b1, b2, a1, a2 } = shelf
  const { a1: passA1, a2: passA2 } = highPass
  // Transposed direct form II, two numbers of memory per filter. They lie in an array that is read and written once per
  // call, because numbers that a closure changes are allocated anew at every change.
  const memory = new Float64Array(4)
  return (pcm: Float32Array): number => {
    let shelf1 = memory[0] ?? 0
    let shelf2 = memory[1] ?? 0
    let pass1 = memory[2] ?? 0
    let pass2 = memory[3] ?? 0
    let power = 0
    for (let i = 0; i < pcm.length; i++) {
      const sample = pcm[i] ?? 0
      const shelved = b0 * sample + shelf1
      shelf1 = b1 * sample - a1 * shelved + shelf2
      shelf2 = b2 * sample - a2 * shelved
      const weighted = shelved + pass1
      pass1 = -2 * shelved - passA1 * weighted + pass2
      pass2 = shelved - passA2 * weighted
      power += weighted * weighted
    }
    memory[0] = shelf1
    memory[1] = shelf2
    memory[2] = pass1
    memory[3] = pass2
    return power
  }
}

const toLufs = (power: number): number => -0.691 + 10 * Math.log10(power)
const fromLufs = (loudnessLufs: number): number => 10 ** ((loudnessLufs + 0.691) / 10)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** @param powers mean square of every 0.4 s, a new one every 0.1 s */
const integratedLufs = (powers: readonly number[]): number | null => {
  const audible = powers.filter((power) => power > fromLufs(-70))
  if (audible.length === 0) return null
  const gate = mean(audible) * 10 ** (-10 / 10)
  return toLufs(mean(audible.filter((power) => power > gate)))
}

/**
 * Measures PCM as the file plays it: a mono file as one channel, as BS.1770 says. Delivery targets count so too (-16 LUFS
 * in stereo is -19 in mono for the same voice), and ReplayGain scanners do by default.
 */
export const createLoudnessMeter = ({
  sampleRateHz,
  channelCount,
}: {
  sampleRateHz: number
  channelCount: 1 | 2
}): LoudnessMeter => {
  const tenthSamples = Math.round(sampleRateHz / 10)
  const channels = Array.from({ length: channelCount }, () => ({
    powerOf: createKWeightedPower(sampleRateHz),
    truePeak: createTruePeakMeter(sampleRateHz),
  }))
  const tenths: number[] = []
  let tenthPower = 0
  let tenthFilled = 0

  const channelsOf = (interleaved: Float32Array): Float32Array[] =>
    channelCount === 1
      ? [interleaved]
      : channels.map((_, channel) => {
          const pcm = new Float32Array(interleaved.length / channelCount)
          for (let i = 0; i < pcm.length; i++) pcm[i] = interleaved[i * channelCount + channel] ?? 0
          return pcm
        })

  const addPowers = (pcms: readonly Float32Array[], frames: number): void => {
    for (let at = 0; at < frames; ) {
      const end = Math.min(frames, at + tenthSamples - tenthFilled)
      for (const [index, { powerOf }] of channels.entries())
        tenthPower += powerOf((pcms[index] ?? NO_SAMPLES).subarray(at, end))
      tenthFilled += end - at
      at = end
      if (tenthFilled < tenthSamples) return
      tenths.push(tenthPower / tenthSamples)
      tenthPower = 0
      tenthFilled = 0
    }
  }

  return {
    add: (interleaved) => {
      const pcms = channelsOf(interleaved)
      addPowers(pcms, interleaved.length / channelCount)
      for (const [index, { truePeak }] of channels.entries()) truePeak.add(pcms[index] ?? NO_SAMPLES)
    },
    measure: () => {
      const peakLinear = Math.max(...channels.map(({ truePeak }) => truePeak.peakLinear()))
      const powers = tenths.slice(3).map((_, index) => mean(tenths.slice(index, index + 4)))
      return { loudnessLufs: integratedLufs(powers), peakDbtp: peakLinear > 0 ? linearToDb(peakLinear) : null }
    },
  }
}

const NO_SAMPLES = new Float32Array(0)
