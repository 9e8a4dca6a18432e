import { expect, test } from 'vitest'
import { bodyKindOf } from './body-kind.ts'

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))))
/** An MPEG-1 layer III frame of 128 kbit/s at 44.1 kHz. */
const FRAME = [0xff, 0xfb, 0x90, 0x64]

test.each([
  [bytes('RIFF', [0, 0, 0, 0], 'WAVE'), 'wav', 'wav'],
  [bytes('fLaC', [0]), 'flac', 'flac'],
  [bytes('OggS', [0]), 'opus', 'opus'],
  [bytes('ID3', [4, 0]), 'mp3', 'mp3'],
  [bytes(FRAME), 'mp3', 'raw'],
  [bytes([0xff, 0xff, 0xff, 0xff]), 'raw', 'raw'],
  [bytes([0x7b, 0x00, 0x10, 0x00, 0x7d, 0x00]), 'raw', 'raw'],
  [bytes([0x3c, 0xff, 0x3c, 0xff]), 'raw', 'raw'],
  [bytes(' {"a":1}'), 'json', 'json'],
  [bytes('\n[1]'), 'json', 'json'],
  [bytes('<html>'), 'markup', 'markup'],
  [bytes('{"a":"', [0xe4, 0xbd]), 'json', 'json'],
  [bytes('data: x\n\n'), 'events', 'events'],
  [bytes('event: a\ndata: x\n\n'), 'events', 'events'],
  [bytes('data: {"a":"', [0x00, 0xff]), 'events', 'events'],
  [bytes('A'.repeat(300_000)), 'text', 'text'],
  [bytes('busy, try again'), 'text', 'text'],
  [bytes('   '), 'raw', 'raw'],
])('%o is %s, and where raw samples were asked for %s', (head, kind, rawKind) => {
  expect(bodyKindOf(head, { isRawAsked: false, type: '' })).toBe(kind)
  expect(bodyKindOf(head, { isRawAsked: true, type: '' })).toBe(rawKind)
})

test('what it is called decides only where the bytes leave it open', () => {
  const asRaw = (head: Uint8Array, type: string) => bodyKindOf(head, { isRawAsked: true, type })
  expect(asRaw(bytes(FRAME), 'audio/mpeg')).toBe('mp3')
  expect(asRaw(bytes([0xff, 0xff, 0xff, 0xff]), 'audio/mpeg')).toBe('raw')
  expect(asRaw(bytes(': ping\n\n'), 'text/event-stream; charset=utf-8')).toBe('events')
  expect(asRaw(bytes([0, 1, 2, 3]), 'text/event-stream')).toBe('raw')
  expect(asRaw(bytes('RIFF', [0, 0, 0, 0], 'WAVE'), 'text/event-stream')).toBe('wav')
})
