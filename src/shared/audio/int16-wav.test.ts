import { expect, test } from 'vitest'
import { int16Wav } from './int16-wav.ts'

// Written out by hand: RIFF and WAVE; fmt with format 1, one channel, 16 000 Hz, 32 000 bytes a second, 2 bytes of 16 bits; data.
const BY_HAND =
  '52494646 2e000000 57415645 666d7420 10000000 0100 0100 803e0000 007d0000 0200 1000 64617461 0a000000 0000 ff7f 0180 ff7f 0040'

test('a WAV file of 16 bits is what it says, and samples beyond full scale are cut off there', () => {
  const bytes = int16Wav(Float32Array.of(0, 1, -1, 7, 0.5), 16_000)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(hex).toBe(BY_HAND.replaceAll(' ', ''))
})
