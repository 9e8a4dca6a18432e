import { expect, test } from 'vitest'
import { createSeam } from './seam.ts'

const RATE_HZ = 1000
/** Five milliseconds. */
const FADE = 5

const tone = (length: number): Float32Array<ArrayBuffer> => new Float32Array(length).fill(1)

test('one piece is what it was, however it comes', () => {
  const seam = createSeam(RATE_HZ)
  const pcm = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i))
  const parts = [seam.push(pcm.slice(0, 3)), seam.push(pcm.slice(3, 4)), seam.push(pcm.slice(4)), seam.end()]
  expect(parts.flat(2).flatMap((block) => [...block])).toEqual([...pcm])
})

test('two pieces meet at silence: no step is larger than that of the fade, and no sample is lost', () => {
  const seam = createSeam(RATE_HZ)
  const blocks = [seam.push(tone(40)), seam.join(), seam.push(tone(2)), seam.push(tone(38)), seam.end()].flat()
  const all = blocks.flatMap((block) => [...block])
  expect(all).toHaveLength(80)
  const steps = all.slice(1).map((sample, index) => Math.abs(sample - (all[index] ?? 0)))
  expect(Math.max(...steps)).toBeLessThanOrEqual(1 / FADE)
  expect(all[39]).toBeLessThan(0.2)
  expect(all[40]).toBeLessThan(0.2)
  expect([all[0], all[34], all[45], all[79]]).toEqual([1, 1, 1, 1])
})

test('all but the last milliseconds is heard at once, and what was given is left alone', () => {
  const seam = createSeam(RATE_HZ)
  const given = tone(40)
  expect(seam.push(given).map(({ length }) => length)).toEqual([40 - FADE])
  seam.join()
  const next = tone(10)
  seam.push(next)
  expect([...next]).toEqual([...tone(10)])
})
