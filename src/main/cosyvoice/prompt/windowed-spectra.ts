import { assert } from '../../../shared/kernel/index.ts'
import { createRealFft, type RealFft } from './real-fft.ts'

type SpectraShape = {
  /** Samples of a window; even. */
  readonly size: number
  readonly hop: number
  /** Samples mirrored at either end; the first window begins that far before the signal. */
  readonly margin: number
  readonly frames: number
}

const mirrored = (signal: Float32Array, margin: number): Float64Array => {
  const padded = new Float64Array(signal.length + 2 * margin)
  padded.set(signal, margin)
  for (let i = 1; i <= margin; i++) {
    padded[margin - i] = signal[i] ?? 0
    padded[margin + signal.length - 1 + i] = signal[signal.length - 1 - i] ?? 0
  }
  return padded
}

/**
 * Hands on the transform of every window in turn, weighted by a periodic Hann window, as `torch.stft` does.
 * @param signal more than `margin` samples
 */
export const eachSpectrum = (
  signal: Float32Array,
  { size, hop, margin, frames }: SpectraShape,
  take: (spectrum: RealFft, frame: number) => void,
): void => {
  assert(signal.length > margin, `a signal is longer than the ${margin} samples it is mirrored by`)
  assert((frames - 1) * hop + size <= signal.length + 2 * margin, 'every window lies in the signal')
  const padded = mirrored(signal, margin)
  const window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size))
  const fft = createRealFft(size)
  const weighted = new Float64Array(size)
  for (let frame = 0; frame < frames; frame++) {
    for (let n = 0; n < size; n++) weighted[n] = (padded[frame * hop + n] ?? 0) * (window[n] ?? 0)
    fft.transform(weighted)
    take(fft, frame)
  }
}
