import { Buffer } from 'node:buffer'
import type { ExportSettings, ExportTags } from '../../shared/audio/index.ts'
import { id3Tag } from './id3.ts'

export type WavSettings = Extract<ExportSettings, { format: 'wav' }>

export const BYTES_PER_SAMPLE = { int16: 2, int24: 3, float32: 4 } as const

/** What a 32-bit size can say; beyond it a WAV file becomes RF64. */
const LARGEST_SIZE = 0xffffffff

const chunk = (id: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.write(id, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

const formatChunk = ({ sampleFormat, sampleRateHz, channelCount }: WavSettings): Buffer => {
  const bytesPerFrame = BYTES_PER_SAMPLE[sampleFormat] * channelCount
  // 18 bytes rather than 16 where the tag is not PCM: the size of an extension, none.
  const body = Buffer.alloc(sampleFormat === 'float32' ? 18 : 16)
  body.writeUInt16LE(sampleFormat === 'float32' ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM, 0)
  body.writeUInt16LE(channelCount, 2)
  body.writeUInt32LE(sampleRateHz, 4)
  body.writeUInt32LE(sampleRateHz * bytesPerFrame, 8)
  body.writeUInt16LE(bytesPerFrame, 12)
  body.writeUInt16LE(BYTES_PER_SAMPLE[sampleFormat] * 8, 14)
  return chunk('fmt ', body)
}
/** @source Microsoft mmreg.h */
const WAVE_FORMAT_PCM = 1
const WAVE_FORMAT_IEEE_FLOAT = 3

/** Number of sample frames; required of every file that is not PCM. */
const factChunk = (durationSamples: number): Buffer => {
  const body = Buffer.alloc(4)
  body.writeUInt32LE(Math.min(durationSamples, LARGEST_SIZE))
  return chunk('fact', body)
}

/** UTF-8, as ffmpeg and VLC expect; others take it for the letters of their own country. */
const infoChunk = (tags: ExportTags): Buffer => {
  const texts = [
    ['INAM', tags.title],
    ['IART', tags.author],
    ['IPRD', tags.album],
  ] as const
  const entries = texts.filter(([, text]) => text !== '').map(([id, text]) => chunk(id, Buffer.from(`${text}\0`)))
  return entries.length === 0 ? Buffer.alloc(0) : chunk('LIST', Buffer.concat([Buffer.from('INFO'), ...entries]))
}

/** Says the same to readers that know ID3, whatever the script: MediaInfo, TagLib, foobar2000. */
const id3Chunk = (tags: ExportTags): Buffer => {
  const tag = id3Tag(tags)
  return tag.length === 0 ? tag : chunk('id3 ', tag)
}

/**
 * Everything before the PCM of a WAV file of known length: RIFF, or RF64 where 4 GiB are not enough.
 * @source EBU Tech 3306, RF64 and its ds64 chunk
 */
export const wavHeader = (settings: WavSettings, durationSamples: number, tags: ExportTags): Buffer => {
  const dataBytes = durationSamples * settings.channelCount * BYTES_PER_SAMPLE[settings.sampleFormat]
  const chunks = [
    formatChunk(settings),
    ...(settings.sampleFormat === 'float32' ? [factChunk(durationSamples)] : []),
    infoChunk(tags),
    id3Chunk(tags),
  ]
  const chunksBytes = chunks.reduce((sum, { length }) => sum + length, 0)
  // Behind the header: "WAVE", the chunks, the data chunk and its padding.
  const riffBytes = 4 + chunksBytes + 8 + dataBytes + (dataBytes % 2)
  const isLarge = riffBytes > LARGEST_SIZE
  const head = Buffer.alloc(12)
  head.write(isLarge ? 'RF64' : 'RIFF', 'latin1')
  head.writeUInt32LE(isLarge ? LARGEST_SIZE : riffBytes, 4)
  head.write('WAVE', 8, 'latin1')
  const dataHead = Buffer.alloc(8)
  dataHead.write('data', 'latin1')
  dataHead.writeUInt32LE(isLarge ? LARGEST_SIZE : dataBytes, 4)
  const sizes = isLarge ? [sizesChunk(riffBytes, dataBytes, durationSamples)] : []
  return Buffer.concat([head, ...sizes, ...chunks, dataHead])
}

const sizesChunk = (riffBytes: number, dataBytes: number, durationSamples: number): Buffer => {
  const body = Buffer.alloc(28)
  body.writeBigUInt64LE(BigInt(riffBytes + 36), 0)
  body.writeBigUInt64LE(BigInt(dataBytes), 8)
  body.writeBigUInt64LE(BigInt(durationSamples), 16)
  return chunk('ds64', body)
}
