import { expect, test } from 'vitest'
import { someNumbers } from '../../../../test/support/run-graph.ts'
import { leadInTokens, withLeadIn } from './lead-in.ts'

const SIZE = { chunkTokens: 25, lookaheadTokens: 3 }

test('silence is as much as makes all chunks but the last finished, and leaves that one room, and no more than half a chunk', () => {
  const added = Array.from({ length: 25 }, (_, begun) => leadInTokens(50 + begun, SIZE))
  expect(added).toEqual([3, 2, 1, ...Array<number>(13).fill(0), 12, 11, 10, 9, 8, 7, 6, 5, 4])
})

test.each([8000, 16_000, 22_050, 24_000, 44_100, 48_000])(
  'a recording at %i Hz keeps its samples behind the silence',
  (sampleRateHz) => {
    const pcm = someNumbers(3 * sampleRateHz, 1)
    const led = withLeadIn({ pcm, sampleRateHz }, SIZE)
    expect(led.pcm.length / sampleRateHz).toBeCloseTo(3.12, 10)
    expect(led.pcm.subarray(led.pcm.length - pcm.length)).toEqual(pcm)
    expect(led.pcm.subarray(0, led.pcm.length - pcm.length).every((sample) => sample === 0)).toBe(true)
  },
)

test('a recording that needs none, or is as long as one may be, stays as it is', () => {
  for (const samples of [3.2 * 24_000, 30 * 24_000]) {
    const audio = { pcm: someNumbers(samples, 1), sampleRateHz: 24_000 }
    expect(withLeadIn(audio, SIZE)).toBe(audio)
  }
})
