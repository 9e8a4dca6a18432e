import { expect, test } from 'vitest'
import { concatFloat32 } from './pcm.ts'

test('parts stand one behind the other, and none at all are none', () => {
  const parts = [Float32Array.of(1, 2), new Float32Array(), Float32Array.of(3), Float32Array.of(4, 5, 6).subarray(1)]
  expect(concatFloat32(parts)).toEqual(Float32Array.of(1, 2, 3, 5, 6))
  expect(concatFloat32([])).toEqual(new Float32Array())
})
