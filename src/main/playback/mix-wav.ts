import { createMixdown, type MixPlan, type ReadTake } from '../../shared/audio/index.ts'
import { interleave } from './interleave.ts'

const CHANNEL_COUNT = 2
const FRAME_BYTES = CHANNEL_COUNT * Float32Array.BYTES_PER_ELEMENT
/** A third of a second at 48 kHz: soon there, and few reads. */
const READ_FRAMES = 16_384
const FORMAT_IEEE_FLOAT = 3
/** Says "look in ds64" where 32 bits cannot hold a size. */
const SIZE_IN_DS64 = 0xffffffff

const chunkHeader = (id: string, sizeBytes: number): Buffer => {
  const header = Buffer.alloc(8)
  header.write(id, 'latin1')
  header.writeUInt32LE(Math.min(sizeBytes, SIZE_IN_DS64), 4)
  return header
}

const formatChunk = (sampleRateHz: number): Buffer => {
  const body = Buffer.alloc(16)
  body.writeUInt16LE(FORMAT_IEEE_FLOAT, 0)
  body.writeUInt16LE(CHANNEL_COUNT, 2)
  body.writeUInt32LE(sampleRateHz, 4)
  body.writeUInt32LE(sampleRateHz * FRAME_BYTES, 8)
  body.writeUInt16LE(FRAME_BYTES, 12)
  body.writeUInt16LE(8 * Float32Array.BYTES_PER_ELEMENT, 14)
  return Buffer.concat([chunkHeader('fmt ', body.length), body])
}

/** Sizes as RF64 has them (EBU Tech 3306). */
const sizesChunk = (riffBytes: number, dataBytes: number, frames: number): Buffer => {
  const body = Buffer.alloc(28)
  body.writeBigUInt64LE(BigInt(riffBytes), 0)
  body.writeBigUInt64LE(BigInt(dataBytes), 8)
  body.writeBigUInt64LE(BigInt(frames), 16)
  return Buffer.concat([chunkHeader('ds64', body.length), body])
}

/** RIFF, or RF64 beyond 4 GiB, which stereo at 24 kHz reaches after six hours. */
const wavHeader = (plan: MixPlan): Buffer => {
  const frames = plan.durationSamples
  const dataBytes = frames * FRAME_BYTES
  const format = formatChunk(plan.sampleRateHz)
  const fact = Buffer.concat([chunkHeader('fact', 4), Buffer.alloc(4)])
  fact.writeUInt32LE(Math.min(frames, SIZE_IN_DS64), 8)
  const plainBytes = 4 + format.length + fact.length + 8 + dataBytes
  const isLarge = plainBytes >= SIZE_IN_DS64
  const sizes = isLarge ? sizesChunk(plainBytes + 36, dataBytes, frames) : Buffer.alloc(0)
  return Buffer.concat([
    chunkHeader(isLarge ? 'RF64' : 'RIFF', isLarge ? SIZE_IN_DS64 : plainBytes),
    Buffer.from('WAVE', 'latin1'),
    sizes,
    format,
    fact,
    chunkHeader('data', isLarge ? SIZE_IN_DS64 : dataBytes),
  ])
}

/** A WAV file that exists only as it is read. */
export type MixWav = {
  sizeBytes: number
  /** Both ends inclusive, as in an HTTP Range. @throws AppError `take.missing` while it is read */
  read(startByte: number, endByte: number): AsyncIterable<Uint8Array>
}

/** The mixdown of a plan as a stereo 32-bit float WAV, any part of which can be read without the rest. */
export const openMixWav = (plan: MixPlan, readTake: ReadTake): MixWav => {
  const mixdown = createMixdown(plan, readTake, { channelCount: CHANNEL_COUNT })
  const header = wavHeader(plan)
  const sizeBytes = header.length + plan.durationSamples * FRAME_BYTES
  async function* read(startByte: number, endByte: number): AsyncGenerator<Uint8Array> {
    const stopByte = Math.min(endByte + 1, sizeBytes)
    if (startByte < header.length) yield header.subarray(startByte, stopByte)
    for (let atByte = Math.max(startByte, header.length); atByte < stopByte; ) {
      const dataByte = atByte - header.length
      const firstFrame = Math.floor(dataByte / FRAME_BYTES)
      const skippedBytes = dataByte - firstFrame * FRAME_BYTES
      const wantedFrames = Math.ceil((skippedBytes + stopByte - atByte) / FRAME_BYTES)
      const channels = await mixdown.read(firstFrame, Math.min(wantedFrames, READ_FRAMES))
      const bytes = interleave(channels).subarray(skippedBytes, skippedBytes + stopByte - atByte)
      yield bytes
      atByte += bytes.length
    }
  }
  return { sizeBytes, read }
}
