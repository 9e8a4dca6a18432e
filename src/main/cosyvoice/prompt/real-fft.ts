import { assert } from '../../../shared/kernel/index.ts'

/** Discrete Fourier transform of real frames of one size. Holds scratch space: one transform at a time. */
export interface RealFft {
  /** Samples of a frame. */
  readonly size: number
  /** size / 2 + 1 */
  readonly binCount: number
  /** Real and imaginary parts of the last transform, `binCount` each; the next one overwrites them. */
  readonly real: Float64Array
  readonly imaginary: Float64Array
  /** @param frame `size` samples, left as they are */
  transform(frame: Float64Array): void
}

type Complex = { readonly real: Float64Array; readonly imaginary: Float64Array }

const complexOf = (length: number): Complex => ({
  real: new Float64Array(length),
  imaginary: new Float64Array(length),
})

/** exp(-2 pi i k / size) for k from 0 to count - 1. */
const rootsOf = (size: number, count: number): Complex => ({
  real: Float64Array.from({ length: count }, (_, k) => Math.cos((2 * Math.PI * k) / size)),
  imaginary: Float64Array.from({ length: count }, (_, k) => -Math.sin((2 * Math.PI * k) / size)),
})

/** Fours first, because they cost least; what is left are primes. */
const factorsOf = (size: number): number[] => {
  const factors: number[] = []
  let rest = size
  for (const radix of [4, 2]) for (; rest % radix === 0; rest /= radix) factors.push(radix)
  for (let radix = 3; rest > 1; radix += 2) for (; rest % radix === 0; rest /= radix) factors.push(radix)
  return factors
}

/** One pass: `groups` transforms of `radix` points for each of `stride` interleaved sequences. */
type Pass = { readonly radix: number; readonly groups: number; readonly stride: number }

const passesOf = (size: number): Pass[] => {
  const passes: Pass[] = []
  let [length, stride] = [size, 1]
  for (const radix of factorsOf(size)) {
    passes.push({ radix, groups: length / radix, stride })
    length /= radix
    stride *= radix
  }
  return passes
}

const passOfTwo = ({ groups, stride }: Pass, from: Complex, to: Complex, roots: Complex): void => {
  const half = groups * stride
  for (let group = 0; group < groups; group++) {
    const c = roots.real[group * stride] ?? 0
    const s = roots.imaginary[group * stride] ?? 0
    for (let lane = 0; lane < stride; lane++) {
      const at = lane + stride * group
      const [ar, ai] = [from.real[at] ?? 0, from.imaginary[at] ?? 0]
      const [br, bi] = [from.real[at + half] ?? 0, from.imaginary[at + half] ?? 0]
      const out = lane + stride * 2 * group
      to.real[out] = ar + br
      to.imaginary[out] = ai + bi
      to.real[out + stride] = (ar - br) * c - (ai - bi) * s
      to.imaginary[out + stride] = (ar - br) * s + (ai - bi) * c
    }
  }
}

const passOfFour = ({ groups, stride }: Pass, from: Complex, to: Complex, roots: Complex): void => {
  const quarter = groups * stride
  for (let group = 0; group < groups; group++) {
    const c1 = roots.real[group * stride] ?? 0
    const s1 = roots.imaginary[group * stride] ?? 0
    const c2 = c1 * c1 - s1 * s1
    const s2 = 2 * c1 * s1
    const c3 = c2 * c1 - s2 * s1
    const s3 = c2 * s1 + s2 * c1
    for (let lane = 0; lane < stride; lane++) {
      const at = lane + stride * group
      const ar = from.real[at] ?? 0
      const ai = from.imaginary[at] ?? 0
      const br = from.real[at + quarter] ?? 0
      const bi = from.imaginary[at + quarter] ?? 0
      const cr = from.real[at + 2 * quarter] ?? 0
      const ci = from.imaginary[at + 2 * quarter] ?? 0
      const dr = from.real[at + 3 * quarter] ?? 0
      const di = from.imaginary[at + 3 * quarter] ?? 0
      // The differences of b and d are turned by a quarter.
      const [evenR, evenI, oddR, oddI] = [ar + cr, ai + ci, br + dr, bi + di]
      const [leftR, leftI, rightR, rightI] = [ar - cr, ai - ci, bi - di, dr - br]
      const out = lane + stride * 4 * group
      to.real[out] = evenR + oddR
      to.imaginary[out] = evenI + oddI
      const [r1, i1] = [leftR + rightR, leftI + rightI]
      to.real[out + stride] = r1 * c1 - i1 * s1
      to.imaginary[out + stride] = r1 * s1 + i1 * c1
      const [r2, i2] = [evenR - oddR, evenI - oddI]
      to.real[out + 2 * stride] = r2 * c2 - i2 * s2
      to.imaginary[out + 2 * stride] = r2 * s2 + i2 * c2
      const [r3, i3] = [leftR - rightR, leftI - rightI]
      to.real[out + 3 * stride] = r3 * c3 - i3 * s3
      to.imaginary[out + 3 * stride] = r3 * s3 + i3 * c3
    }
  }
}

/** Any radix, as the plain sum. The roots of the whole hold those of the radix, every `size / radix`-th one. */
const passOfAny = ({ radix, groups, stride }: Pass, from: Complex, to: Complex, roots: Complex): void => {
  const size = radix * groups * stride
  const step = size / radix
  for (let group = 0; group < groups; group++) {
    for (let lane = 0; lane < stride; lane++) {
      const at = lane + stride * group
      const out = lane + stride * radix * group
      for (let row = 0; row < radix; row++) {
        let [sumR, sumI] = [0, 0]
        for (let point = 0, root = 0; point < radix; point++) {
          const r = from.real[at + point * step] ?? 0
          const i = from.imaginary[at + point * step] ?? 0
          const c = roots.real[root] ?? 0
          const s = roots.imaginary[root] ?? 0
          sumR += r * c - i * s
          sumI += r * s + i * c
          root += row * step
          if (root >= size) root %= size
        }
        const c = roots.real[group * stride * row] ?? 0
        const s = roots.imaginary[group * stride * row] ?? 0
        to.real[out + row * stride] = sumR * c - sumI * s
        to.imaginary[out + row * stride] = sumR * s + sumI * c
      }
    }
  }
}

/**
 * Stockham's self-sorting transform of mixed radix over half the size: a real frame is packed into complex numbers of half
 * its length. Fast where the size has small factors, right for every even one.
 * @param size even, 2 or more
 * @source Paul N. Swarztrauber, "FFT algorithms for vector computers", 1984
 */
export const createRealFft = (size: number): RealFft => {
  assert(Number.isInteger(size) && size >= 2 && size % 2 === 0, 'the size of a transform is even')
  const half = size / 2
  const binCount = half + 1
  const passes = passesOf(half)
  const roots = rootsOf(half, half)
  const turns = rootsOf(size, binCount)
  const scratch: readonly [Complex, Complex] = [complexOf(half), complexOf(half)]
  const { real, imaginary } = complexOf(binCount)

  const transformPacked = (): Complex => {
    let [from, to] = scratch
    for (const pass of passes) {
      const run = pass.radix === 4 ? passOfFour : pass.radix === 2 ? passOfTwo : passOfAny
      run(pass, from, to, roots)
      ;[from, to] = [to, from]
    }
    return from
  }

  return {
    size,
    binCount,
    real,
    imaginary,
    transform(frame) {
      assert(frame.length === size, `a frame has ${size} samples`)
      const packed = scratch[0]
      for (let i = 0; i < half; i++) {
        packed.real[i] = frame[2 * i] ?? 0
        packed.imaginary[i] = frame[2 * i + 1] ?? 0
      }
      const z = transformPacked()
      for (let bin = 0; bin < binCount; bin++) {
        const [a, b] = [bin % half, (half - bin) % half]
        const evenR = ((z.real[a] ?? 0) + (z.real[b] ?? 0)) / 2
        const evenI = ((z.imaginary[a] ?? 0) - (z.imaginary[b] ?? 0)) / 2
        const oddR = ((z.imaginary[a] ?? 0) + (z.imaginary[b] ?? 0)) / 2
        const oddI = ((z.real[b] ?? 0) - (z.real[a] ?? 0)) / 2
        const c = turns.real[bin] ?? 0
        const s = turns.imaginary[bin] ?? 0
        real[bin] = evenR + oddR * c - oddI * s
        imaginary[bin] = evenI + oddR * s + oddI * c
      }
    },
  }
}
