import { Buffer } from 'node:buffer'
import type { ExportTags } from '../../shared/audio/index.ts'

/** UTF-16 with byte order mark, the encoding of ID3v2.3 that holds every script. */
const UTF16 = 1

const textFrame = (id: string, text: string): Buffer => {
  const body = Buffer.concat([Buffer.from([UTF16, 0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  const head = Buffer.alloc(10)
  head.write(id, 'latin1')
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

/** Sizes of a tag have seven bits per byte, so that none looks like the start of an mp3 frame. */
const synchsafe = (size: number): number[] => [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f)

/** A tag with what there is of title, author and album; empty where there is nothing. @source id3.org, ID3v2.3.0 */
export const id3Tag = ({ title, author, album }: ExportTags): Buffer => {
  const texts = [
    ['TIT2', title],
    ['TPE1', author],
    ['TALB', album],
  ] as const
  const frames = Buffer.concat(texts.filter(([, text]) => text !== '').map(([id, text]) => textFrame(id, text)))
  if (frames.length === 0) return frames
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([3, 0, 0, ...synchsafe(frames.length)]), frames])
}
