/** One triangle: its weights from the first bin of a spectrum that it reaches. */
type MelBand = { readonly firstBin: number; readonly weights: Float64Array }

/** Bands from low to high; those narrower than a bin may be empty. */
export type MelBank = readonly MelBand[]

/** Below 1000 Hz linear, above logarithmic. @source librosa/librosa librosa/core/convert.py hz_to_mel, mel_to_hz */
const SLANEY_HZ_PER_MEL = 200 / 3
const SLANEY_BREAK_HZ = 1000
const SLANEY_BREAK_MEL = SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL
const SLANEY_LOG_STEP = Math.log(6.4) / 27

const slaneyMelOf = (hz: number): number =>
  hz < SLANEY_BREAK_HZ ? hz / SLANEY_HZ_PER_MEL : SLANEY_BREAK_MEL + Math.log(hz / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP
const slaneyHzOf = (mel: number): number =>
  mel < SLANEY_BREAK_MEL
    ? mel * SLANEY_HZ_PER_MEL
    : SLANEY_BREAK_HZ * Math.exp(SLANEY_LOG_STEP * (mel - SLANEY_BREAK_MEL))

/** @source kaldi-asr/kaldi src/feat/mel-computations.h MelScale */
const kaldiMelOf = (hz: number): number => 1127 * Math.log(1 + hz / 700)

/** Weight of a place on a triangle over three points. */
const triangle = (place: number, [left, middle, right]: readonly [number, number, number]): number =>
  Math.max(0, Math.min((place - left) / (middle - left), (right - place) / (right - middle)))

type BankShape = {
  readonly bandCount: number
  /** Bins that may weigh something. */
  readonly binCount: number
  /** Where a bin lies, and where the corners of the triangles do, in one and the same scale. */
  readonly placeOf: (bin: number) => number
  readonly cornerOf: (index: number) => number
  readonly gainOf: (left: number, right: number) => number
}

const bankOf = ({ bandCount, binCount, placeOf, cornerOf, gainOf }: BankShape): MelBank =>
  Array.from({ length: bandCount }, (_, band) => {
    const corners = [cornerOf(band), cornerOf(band + 1), cornerOf(band + 2)] as const
    const gain = gainOf(corners[0], corners[2])
    const row = Array.from({ length: binCount }, (_, bin) => triangle(placeOf(bin), corners) * gain)
    const firstBin = Math.max(
      0,
      row.findIndex((weight) => weight > 0),
    )
    return { firstBin, weights: Float64Array.from(row.slice(firstBin, row.findLastIndex((weight) => weight > 0) + 1)) }
  })

/**
 * Triangles of equal area between points that are equally far apart in Slaney's mel, over every bin of a transform.
 * @param highHz upper corner of the last band; the lower one of the first is 0
 * @source librosa/librosa librosa/filters.py mel (htk false, norm 'slaney')
 */
export const slaneyMelBank = (shape: {
  readonly sampleRateHz: number
  readonly fftSize: number
  readonly bandCount: number
  readonly highHz: number
}): MelBank =>
  bankOf({
    bandCount: shape.bandCount,
    binCount: shape.fftSize / 2 + 1,
    placeOf: (bin) => (bin * shape.sampleRateHz) / shape.fftSize,
    cornerOf: (index) => slaneyHzOf((slaneyMelOf(shape.highHz) * index) / (shape.bandCount + 1)),
    gainOf: (left, right) => 2 / (right - left),
  })

/**
 * Triangles of height one, straight in mel rather than in Hz. The highest bin of a transform weighs nothing.
 * @source pytorch/audio src/torchaudio/compliance/kaldi.py get_mel_banks
 */
export const kaldiMelBank = (shape: {
  readonly sampleRateHz: number
  readonly fftSize: number
  readonly bandCount: number
  readonly lowHz: number
  readonly highHz: number
}): MelBank => {
  const [low, high] = [kaldiMelOf(shape.lowHz), kaldiMelOf(shape.highHz)]
  return bankOf({
    bandCount: shape.bandCount,
    binCount: shape.fftSize / 2,
    placeOf: (bin) => kaldiMelOf((bin * shape.sampleRateHz) / shape.fftSize),
    cornerOf: (index) => low + ((high - low) * index) / (shape.bandCount + 1),
    gainOf: () => 1,
  })
}

/** Weighted sum of a spectrum over one band. */
export const bandEnergy = ({ firstBin, weights }: MelBand, spectrum: Float64Array): number => {
  let sum = 0
  for (let index = 0; index < weights.length; index++) sum += (weights[index] ?? 0) * (spectrum[firstBin + index] ?? 0)
  return sum
}
