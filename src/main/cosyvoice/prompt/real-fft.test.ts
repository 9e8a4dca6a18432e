import { expect, test } from 'vitest'
import { someNumbers } from '../../../../test/support/run-graph.ts'
import { createRealFft } from './real-fft.ts'

const plainSum = (frame: Float64Array, bin: number): [number, number] => {
  let [real, imaginary] = [0, 0]
  for (const [n, value] of frame.entries()) {
    const angle = (2 * Math.PI * ((bin * n) % frame.length)) / frame.length
    real += value * Math.cos(angle)
    imaginary -= value * Math.sin(angle)
  }
  return [real, imaginary]
}

test.each([2, 4, 6, 10, 14, 16, 22, 26, 50, 60, 254, 400, 512, 1920])(
  'a transform of %i samples is the sum of its definition, also the second time',
  (size) => {
    const fft = createRealFft(size)
    expect([fft.binCount, fft.real.length, fft.imaginary.length]).toEqual(Array(3).fill(size / 2 + 1))
    for (const seed of [1, 2]) {
      const frame = Float64Array.from(someNumbers(size, seed))
      const before = frame.slice()
      fft.transform(frame)
      expect(frame).toEqual(before)
      for (let bin = 0; bin < fft.binCount; bin++) {
        const [real, imaginary] = plainSum(frame, bin)
        expect(Math.abs((fft.real[bin] ?? Number.NaN) - real), `bin ${bin}`).toBeLessThan(1e-11)
        expect(Math.abs((fft.imaginary[bin] ?? Number.NaN) - imaginary), `bin ${bin}`).toBeLessThan(1e-11)
      }
    }
  },
)

test('an odd size and a frame of another size are refused', () => {
  expect(() => createRealFft(5)).toThrow('even')
  expect(() => createRealFft(8).transform(new Float64Array(7))).toThrow('8 samples')
})
