import { expect, test } from 'vitest'
import { wavFormatOf } from './wav-format.ts'

const chunk = (id: string, content: Buffer, sizeBytes = content.length): Buffer => {
  const head = Buffer.alloc(8)
  head.write(id, 'latin1')
  head.writeUInt32LE(sizeBytes, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}
const format = (tag: number, channels: number, bits: number, more: Buffer = Buffer.alloc(0)): Buffer => {
  const content = Buffer.alloc(16)
  content.writeUInt16LE(tag, 0)
  content.writeUInt16LE(channels, 2)
  content.writeUInt16LE(bits, 14)
  return chunk('fmt ', Buffer.concat([content, more]))
}
/** Size of what follows, valid bits, mask, and a sub-format that begins with the tag itself. */
const extension = (tag: number): Buffer => {
  const content = Buffer.alloc(24)
  content.writeUInt16LE(22, 0)
  content.writeUInt16LE(tag, 8)
  return content
}
const file = (...chunks: Buffer[]): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...chunks]))
const data = chunk('data', Buffer.alloc(0), 1234)

test.each([
  ['integers', format(1, 1, 16), { channels: 1, bits: 16, isInteger: true }],
  ['floats of two channels', format(3, 2, 32), { channels: 2, bits: 32, isInteger: false }],
  ['integers of the extensible form', format(0xfffe, 1, 16, extension(1)), { channels: 1, bits: 16, isInteger: true }],
  ['floats of the extensible form', format(0xfffe, 1, 32, extension(3)), { channels: 1, bits: 32, isInteger: false }],
])('%s are told from the header', (_what, head, found) => {
  expect(wavFormatOf(file(head, data))).toEqual({ ...found, dataBytes: 1234 })
})

test('chunks of an odd size before the samples are passed over', () => {
  expect(wavFormatOf(file(chunk('LIST', Buffer.from('abc')), format(1, 1, 16), data))?.bits).toBe(16)
})

test('a header that ends early, or has no format, is none yet', () => {
  const whole = file(format(1, 1, 16), data)
  for (let size = 0; size < whole.length; size++) expect(wavFormatOf(whole.subarray(0, size))).toBeUndefined()
  expect(wavFormatOf(file(data))).toBeUndefined()
})
