import { assert } from '../../../shared/kernel/index.ts'

type SpectrumSize = {
  /** Samples of a window; even. */
  size: number
  /** Samples from one window to the next; divides size. */
  hop: number
}

/** @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py _istft */
const MAX_MAGNITUDE = 100

type Tables = {
  window: Float64Array
  /** cos and sin of 2 pi k n / size, row k, column n, for k and n from 0 to size / 2. */
  cosines: Float64Array
  sines: Float64Array
}

const tablesOf = (size: number): Tables => {
  const bins = size / 2 + 1
  const window = Float64Array.from({ length: size }, (_, n) =>
    Math.fround(0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)),
  )
  const angleAt = (place: number) => (2 * Math.PI * ((Math.floor(place / bins) * (place % bins)) % size)) / size
  return {
    window,
    cosines: Float64Array.from({ length: bins * bins }, (_, place) => Math.cos(angleAt(place))),
    sines: Float64Array.from({ length: bins * bins }, (_, place) => Math.sin(angleAt(place))),
  }
}

const reflectPadded = (signal: Float32Array, margin: number): Float32Array => {
  const padded = new Float32Array(signal.length + 2 * margin)
  padded.set(signal, margin)
  for (let i = 1; i <= margin; i++) {
    padded[margin - i] = signal[i] ?? 0
    padded[margin + signal.length - 1 + i] = signal[signal.length - 1 - i] ?? 0
  }
  return padded
}

/**
 * Short-time Fourier transform as `torch.stft`: periodic Hann window, windows centred on every hop-th sample, the signal
 * mirrored at its ends.
 * @param signal more than size / 2 samples
 * @returns row-major [size + 2, frames], size / 2 + 1 rows of real parts, then as many of imaginary ones;
 *   frames = floor(samples / hop) + 1
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py _stft
 */
export const stft = (signal: Float32Array, { size, hop }: SpectrumSize): Float32Array => {
  const half = size / 2
  assert(signal.length > half, 'a signal is longer than the half window it is mirrored by')
  const bins = half + 1
  const frames = Math.floor(signal.length / hop) + 1
  const { window, cosines, sines } = tablesOf(size)
  const padded = reflectPadded(signal, half)
  const spectrum = new Float32Array(2 * bins * frames)

  // A real window of n samples is an even and an odd part of n / 2: a quarter of the products of the plain sum.
  const even = new Float64Array(bins)
  const odd = new Float64Array(bins)
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * hop
    even[0] = (padded[at] ?? 0) * (window[0] ?? 0)
    even[half] = (padded[at + half] ?? 0) * (window[half] ?? 0)
    for (let n = 1; n < half; n++) {
      const left = (padded[at + n] ?? 0) * (window[n] ?? 0)
      const right = (padded[at + size - n] ?? 0) * (window[size - n] ?? 0)
      even[n] = left + right
      odd[n] = left - right
    }
    for (let bin = 0; bin < bins; bin++) {
      let real = 0
      let imaginary = 0
      for (let n = 0; n < bins; n++) {
        real += (even[n] ?? 0) * (cosines[bin * bins + n] ?? 0)
        imaginary -= (odd[n] ?? 0) * (sines[bin * bins + n] ?? 0)
      }
      spectrum[bin * frames + frame] = real
      spectrum[(bins + bin) * frames + frame] = imaginary
    }
  }
  return spectrum
}

/**
 * Inverse of `stft`, as `torch.istft` does it: windowed again, overlapped and added, divided by the sum of the squared windows,
 * without the half window at either end. Magnitudes above 100 count as 100.
 * @param magnitude row-major [size / 2 + 1, frames], 0 or more
 * @param phase as magnitude, in radians; of the first and the last row only the cosine counts
 * @returns (frames - 1) * hop samples
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py _istft
 */
export const inverseStft = (
  magnitude: Float32Array,
  phase: Float32Array,
  { size, hop }: SpectrumSize,
): Float32Array<ArrayBuffer> => {
  const half = size / 2
  const bins = half + 1
  const frames = magnitude.length / bins
  assert(Number.isInteger(frames) && frames >= 1, 'magnitudes are [size / 2 + 1, frames]')
  assert(phase.length === magnitude.length, 'there is a phase for every magnitude')
  const { window, cosines, sines } = tablesOf(size)
  const sum = new Float64Array((frames - 1) * hop + size)
  const weight = new Float64Array(sum.length)

  const real = new Float64Array(bins)
  const imaginary = new Float64Array(bins)
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < bins; bin++) {
      const place = bin * frames + frame
      const level = Math.min(magnitude[place] ?? 0, MAX_MAGNITUDE)
      const angle = phase[place] ?? 0
      // Every row but the first and the last stands for two bins, the other of which mirrors it.
      const share = bin === 0 || bin === half ? level / size : (2 * level) / size
      real[bin] = share * Math.cos(angle)
      imaginary[bin] = share * Math.sin(angle)
    }
    const at = frame * hop
    for (let n = 0; n <= half; n++) {
      let even = 0
      let odd = 0
      for (let bin = 0; bin < bins; bin++) {
        even += (real[bin] ?? 0) * (cosines[n * bins + bin] ?? 0)
        odd += (imaginary[bin] ?? 0) * (sines[n * bins + bin] ?? 0)
      }
      const left = window[n] ?? 0
      sum[at + n] = (sum[at + n] ?? 0) + left * (even - odd)
      weight[at + n] = (weight[at + n] ?? 0) + left * left
      if (n > 0 && n < half) {
        const right = window[size - n] ?? 0
        sum[at + size - n] = (sum[at + size - n] ?? 0) + right * (even + odd)
        weight[at + size - n] = (weight[at + size - n] ?? 0) + right * right
      }
    }
  }

  const samples = new Float32Array((frames - 1) * hop)
  for (let i = 0; i < samples.length; i++) samples[i] = (sum[half + i] ?? 0) / (weight[half + i] ?? 1)
  return samples
}
