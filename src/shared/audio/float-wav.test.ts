import { expect, test } from 'vitest'
import { FLOAT_WAV_HEADER_BYTES, floatWavHeader } from './float-wav.ts'

// Written out by hand: RIFF and WAVE; fmt with format 3, one channel, 24 000 Hz, 96 000 bytes a second, 4 bytes of 32 bits, no
// extension; fact with 1000 samples; data with 4000 bytes.
const BY_HAND =
  '52494646 d20f0000 57415645 666d7420 12000000 0300 0100 c05d0000 00770100 0400 2000 0000 66616374 04000000 e8030000 64617461 a00f0000'

test('the head of a mono float WAV says what follows, byte for byte', () => {
  const bytes = floatWavHeader({ sampleRateHz: 24_000, durationSamples: 1000 })
  expect(bytes).toHaveLength(FLOAT_WAV_HEADER_BYTES)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(hex).toBe(BY_HAND.replaceAll(' ', ''))
})
