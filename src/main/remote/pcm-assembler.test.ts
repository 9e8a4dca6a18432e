import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { audioKindOf, createPcmAssembler } from './pcm-assembler.ts'

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
/** @source cosyvoice cloud-apis J.0 */
const P = bytesOf('AADoA9AHuAvQB+gDAAAY/A==')
const W = bytesOf('UklGRjQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YRAAAAAAAOgD0Ae4C9AH6AMAABj8')
const STREAMED = bytesOf('UklGRv///39XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0Ydv//38AAOgD0Ae4C9AH6AMAABj8')
const HEADER = bytesOf('UklGRv////9XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0Yf////8=')
const SAMPLES = [0, 1000, 2000, 3000, 2000, 1000, 0, -1000].map((sample) => sample / 32_768)

const assembled = (pieces: readonly Uint8Array[], expectedRateHz = 22_050) => {
  const assembler = createPcmAssembler(expectedRateHz)
  const pcm = pieces.flatMap((piece) => [...assembler.push(piece)])
  return { pcm, sampleRateHz: assembler.sampleRateHz, isOdd: assembler.isOdd, samples: assembler.samples }
}

describe('sound in pieces', () => {
  test.each([
    ['raw', [P], 22_050, 1],
    ['one file', [W], 24_000, 1],
    ['a file whose sizes are made up, going on raw', [STREAMED, P], 24_000, 2],
    ['a head alone, then raw', [HEADER, P, P], 24_000, 2],
    ['a file for each piece', [W, W, W], 24_000, 3],
    ['two files in one piece', [new Uint8Array([...W, ...W])], 24_000, 2],
  ] as const)('%s', (_how, pieces, sampleRateHz, times) => {
    const found = assembled(pieces)
    expect(found.pcm).toEqual(Array.from({ length: times }, () => SAMPLES).flat())
    expect(found).toMatchObject({ sampleRateHz, isOdd: false, samples: 8 * times })
  })

  test('half a sample waits for the next piece, and is told where none comes', () => {
    expect(assembled([P.subarray(0, 3), P.subarray(3)]).pcm).toEqual(SAMPLES)
    expect(assembled([P, P.subarray(0, 1)]).isOdd).toBe(true)
  })

  test('whatever pieces a file comes in, it is the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(W, STREAMED),
        fc.array(fc.integer({ min: 1, max: 59 }), { maxLength: 8 }),
        (file, cuts) => {
          const places = [0, ...new Set(cuts.toSorted((a, b) => a - b)), file.length]
          const pieces = places.slice(1).map((to, index) => file.subarray(places[index], to))
          expect(assembled(pieces)).toMatchObject({ pcm: SAMPLES, sampleRateHz: 24_000, isOdd: false })
        },
      ),
    )
  })

  test('sound of another kind is refused by name', () => {
    const stereo = Uint8Array.from(W)
    stereo[22] = 2
    expect(() => assembled([stereo])).toThrow('sound-form {"channels":2,"bits":16}')
    const slower = Uint8Array.from(W)
    slower[24] = 0x22
    expect(() => assembled([W, slower])).toThrow('sample-rate-changes')
  })
})

test('a body is known by what it begins with', () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words)
  expect(
    [W, text('ID3xxxxxxxxx'), text('OggS'), text('fLaC'), text('  {"error":1}'), text('\n<html>'), P].map(audioKindOf),
  ).toEqual([...['wav', 'mp3', 'opus', 'flac', 'json', 'markup', 'raw']])
  expect(audioKindOf(new Uint8Array([0xff, 0xfb, 0x90, 0]))).toBe('mp3')
  // Samples of −1 and of −1281: no frame of layer III begins so.
  expect(audioKindOf(new Uint8Array([0xff, 0xff, 0xff, 0xff]))).toBe('raw')
  expect(audioKindOf(new Uint8Array([0xff, 0xfa, 0xff, 0xfa]))).toBe('raw')
})

test('a rate that no speech has is refused', () => {
  for (const rateHz of [0, 1, 7999, 192_001, 0xffffffff]) {
    const wav = Uint8Array.from(W)
    new DataView(wav.buffer).setUint32(24, rateHz, true)
    expect(() => createPcmAssembler(24_000).push(wav), String(rateHz)).toThrow(
      expect.objectContaining({ failureClass: 'protocol' }),
    )
  }
})

test('what is written behind the sound is no sound, wherever the pieces are cut', () => {
  const LIST = [...Buffer.from('LIST'), 4, 0, 0, 0, 1, 2, 3, 4]
  const file = Uint8Array.from([...W, ...LIST])
  for (let cut = 0; cut <= file.length; cut++) {
    const pieces = [file.subarray(0, cut), file.subarray(cut)]
    expect(assembled(pieces).pcm, String(cut)).toEqual(SAMPLES)
  }
  expect(assembled([file, W]).pcm).toEqual([...SAMPLES, ...SAMPLES])
})

test('a size that is too small is no end where sound goes on, even as a name begins', () => {
  const sample = (text: string): number => Buffer.from(text).readInt16LE() / 32_768
  for (const words of ['LIsound!', 'RIfirst!', 'sound!!!']) {
    const more = [0, 2, 4, 6].map((at) => sample(words.slice(at, at + 2)))
    const bytes = Uint8Array.from([...W, ...Buffer.from(words)])
    for (let cut = W.length; cut <= bytes.length; cut++)
      expect(assembled([bytes.subarray(0, cut), bytes.subarray(cut)]).pcm, `${words} ${cut}`).toEqual([
        ...SAMPLES,
        ...more,
      ])
  }
})

test('a head without an end is refused before it fills the memory', () => {
  const head = Uint8Array.from([...W.subarray(0, 12), ...Buffer.from('JUNK'), 0xff, 0xff, 0xff, 0x7f])
  const assembler = createPcmAssembler(24_000)
  assembler.push(head)
  const fill = (): void => {
    for (let piece = 0; piece < 100; piece++) assembler.push(new Uint8Array(1024))
  }
  expect(fill).toThrow(expect.objectContaining({ failureClass: 'protocol' }))
})
