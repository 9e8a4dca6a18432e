import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wavOf } from '../../../../test/support/cosyvoice-api-server.ts'
import { eight, H0, P, W, WS } from '../../../../test/support/speech-fixtures.ts'
import { bytesOfBase64, createWavStream, type WavSound } from './wav-stream.ts'

const joined = (...parts: (Uint8Array | string)[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)))
const samples = (sounds: readonly WavSound[]): number[] => sounds.flatMap(({ pcm }) => [...pcm])
const readIn = (pieces: readonly Uint8Array[], isFile = false) => {
  const stream = createWavStream({ isFile })
  const sounds = pieces.flatMap((piece) => stream.push(piece))
  const end = stream.end()
  return { samples: samples([...sounds, ...end.sounds]), errorText: end.errorText, sounds }
}
const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to))
}

test.each([
  ['whole files one after another', joined(W, W, W), 3],
  ['files whose sizes are made up', joined(WS, WS), 2],
  ['a head alone before a file', joined(H0, W), 1],
  ['one head with a guessed size, and raw samples', joined(wavOf(eight(1), { dataBytes: 800 }), P, P), 3],
  ['files of 32-bit float', joined(wavOf(eight(1), { isFloat: true }), wavOf(eight(1), { isFloat: true })), 2],
])('%s are read in whatever pieces they come', (_, bytes, times) => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      expect(readIn(cutAt(bytes, cuts)).samples).toEqual(eight(times))
    }),
    { numRuns: 60 },
  )
})

const LIST = joined('LIST', Uint8Array.of(8, 0, 0, 0), 'INFOISFT')
const float = wavOf(eight(1), { isFloat: true })
test.each([
  ['a file with notes behind it', joined(W, LIST), true, 1],
  ['a file of floats with notes behind it', joined(float, LIST), true, 1],
  ['a file with something behind it that nobody knows', joined(float, 'zzzz\xff\xff\xff'), true, 1],
  ['chunks with notes behind each', joined(W, LIST, W, LIST), false, 2],
  ['chunks of floats with notes behind each', joined(float, LIST, float, LIST), false, 2],
  ['one head with a size that is too small', joined(wavOf(eight(1), { dataBytes: 6 }), P), false, 2],
  ['one head with an odd size', joined(wavOf(eight(1), { dataBytes: 7 }), P), false, 2],
  ['one head with no size', joined(wavOf(eight(1), { dataBytes: 0 }), P), false, 2],
])('%s ends where its sound does, in whatever pieces it comes', (_, bytes, isFile, times) => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      expect(readIn(cutAt(bytes, cuts), isFile).samples).toEqual(eight(times))
    }),
    { numRuns: 60 },
  )
})

test('text where sound was due ends the sound, wherever it is cut', () => {
  const text = 'ERROR: UNEXPECTED_ERROR - boom\r\n\r\n'
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
      for (const sound of [joined(W, W), joined(wavOf(eight(1), { dataBytes: 800 }), P)]) {
        const read = readIn(cutAt(joined(sound, text), cuts))
        expect([read.samples, read.errorText]).toEqual([eight(2), 'ERROR: UNEXPECTED_ERROR - boom'])
      }
    }),
    { numRuns: 60 },
  )
  expect(readIn([joined(text)])).toMatchObject({ samples: [], errorText: 'ERROR: UNEXPECTED_ERROR - boom' })
})

test('what is whole is given at once, and the rate is that of the head', () => {
  const stream = createWavStream()
  expect(stream.push(wavOf(eight(1), { sampleRateHz: 22_050 }))).toEqual([
    { pcm: Float32Array.from(eight(1)), sampleRateHz: 22_050 },
  ])
})

test.each([
  ['a second file that is cut off', [joined(W, W.subarray(0, -4))], false],
  ['a file that is shorter than it says', [W.subarray(0, -4)], true],
  ['half a sample', [joined(W, W.subarray(0, -1))], false],
  ['half a head', [joined(W, W.subarray(0, 20))], false],
  ['no more than the letter of a head', [W.subarray(0, 1)], false],
] as const)('%s has not come whole', (_, pieces, isFile) => {
  expect(() => readIn(pieces, isFile)).toThrow(expect.objectContaining({ failureClass: 'network' }))
})

const altered = (at: number, value: number): Uint8Array => {
  const bytes = Uint8Array.from(W)
  bytes[at] = value
  return bytes
}
test.each([
  ['two channels', altered(22, 2)],
  ['8 bits', altered(34, 8)],
  ['an unknown format', altered(20, 7)],
  ['another kind of RIFF', altered(8, 0x41)],
  ['a format that is too short', altered(16, 4)],
  ['markup', joined('<html>')],
  ['a changed rate', joined(W, wavOf(eight(1), { sampleRateHz: 22_050 }))],
  ['no format before its sound', joined(W.subarray(0, 12), W.subarray(36))],
])('sound of %s is refused', (_, bytes) => {
  expect(() => readIn([bytes])).toThrow(expect.objectContaining({ failureClass: 'protocol' }))
})

test('bytes of any kind are read or refused, never more', () => {
  const anything = fc.array(
    fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(W, H0, P, Buffer.from('RIFF'), Buffer.from('ERROR: '))),
  )
  fc.assert(
    fc.property(anything, (pieces) => {
      try {
        readIn(pieces)
      } catch (error) {
        expect(error).toHaveProperty('failureClass', expect.stringMatching(/^(protocol|network)$/))
      }
    }),
  )
})

test('Base64 that is cut off is told from what is whole', () => {
  expect(bytesOfBase64(Buffer.from(W).toString('base64'))).toEqual(Uint8Array.from(W))
  for (const damaged of ['UklGRjQAAABXQVZFZm1', 'UklG!!!!'])
    expect(() => bytesOfBase64(damaged)).toThrow(expect.objectContaining({ failureClass: 'network' }))
})

test.each([1, 7999, 192_001, 0xffff_ffff])('a header that names a rate of %i Hz is none of speech', (sampleRateHz) => {
  expect(() => readIn([wavOf(eight(1), { sampleRateHz })])).toThrow(
    expect.objectContaining({ failureClass: 'protocol', facts: { reason: 'sample-rate', params: { sampleRateHz } } }),
  )
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e30, 5])('floats with %f among them are no sound', (sample) => {
  const bytes = wavOf([0.1, sample, 0.2], { isFloat: true })
  expect(() => readIn([bytes])).toThrow(expect.objectContaining({ failureClass: 'protocol' }))
  expect(readIn([wavOf([0.1, -1.5], { isFloat: true })]).samples).toHaveLength(2)
})
