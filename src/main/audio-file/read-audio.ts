import { existsSync } from 'node:fs'
import path from 'node:path'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import {
  AV_SAMPLE_FMT_DBL,
  AV_SAMPLE_FMT_DBLP,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32,
  AV_SAMPLE_FMT_S32P,
  AV_SAMPLE_FMT_U8,
  AV_SAMPLE_FMT_U8P,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  ok,
  Packet,
  silenceFfmpegLog,
} from '../ffmpeg/index.ts'

export type DecodedAudio = {
  /** Mono: the mean of all channels. */
  readonly pcm: Float32Array<ArrayBuffer>
  readonly sampleRateHz: number
}

type ReadSample = { sizeBytes: number; isPlanar: boolean; at: (view: DataView, offset: number) => number }

const sampleReader = (sizeBytes: number, at: ReadSample['at']) => ({
  interleaved: { sizeBytes, at, isPlanar: false },
  planar: { sizeBytes, at, isPlanar: true },
})
const uint8 = sampleReader(1, (view, offset) => (view.getUint8(offset) - 128) / 128)
const int16 = sampleReader(2, (view, offset) => view.getInt16(offset, true) / 2 ** 15)
const int32 = sampleReader(4, (view, offset) => view.getInt32(offset, true) / 2 ** 31)
const float32 = sampleReader(4, (view, offset) => view.getFloat32(offset, true))
const float64 = sampleReader(8, (view, offset) => view.getFloat64(offset, true))

/** Everything FFmpeg's decoders give, in the byte order of every processor that we run on. */
const SAMPLE_FORMATS = new Map<number, ReadSample>([
  [AV_SAMPLE_FMT_U8, uint8.interleaved],
  [AV_SAMPLE_FMT_U8P, uint8.planar],
  [AV_SAMPLE_FMT_S16, int16.interleaved],
  [AV_SAMPLE_FMT_S16P, int16.planar],
  [AV_SAMPLE_FMT_S32, int32.interleaved],
  [AV_SAMPLE_FMT_S32P, int32.planar],
  [AV_SAMPLE_FMT_FLT, float32.interleaved],
  [AV_SAMPLE_FMT_FLTP, float32.planar],
  [AV_SAMPLE_FMT_DBL, float64.interleaved],
  [AV_SAMPLE_FMT_DBLP, float64.planar],
])

/** One frame as mono samples. */
const monoOf = (frame: Frame): Float32Array => {
  const format = SAMPLE_FORMATS.get(frame.format)
  const planes = frame.extendedData ?? frame.data
  if (!format || !planes) throw new Error(`samples of format ${frame.format} are not read`)
  const views = planes.map((plane) => new DataView(plane.buffer, plane.byteOffset, plane.byteLength))
  const { sizeBytes, isPlanar, at } = format
  const { channels, nbSamples } = frame
  const mono = new Float32Array(nbSamples)
  for (let sample = 0; sample < nbSamples; sample++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) {
      const view = views[isPlanar ? channel : 0]
      if (view) sum += at(view, sizeBytes * (isPlanar ? sample : sample * channels + channel))
    }
    mono[sample] = sum / channels
  }
  return mono
}

const unreadable = (file: string, reason: string, cause?: unknown): AppError =>
  new AppError('voice.prompt-unreadable', { params: { file, reason }, remedies: ['choose-another-file'], cause })

/**
 * Reads the first sound of any file that FFmpeg decodes.
 * @param longestSec reading stops there, so that a film does not fill the memory
 * @throws AppError voice.prompt-unreadable; AppCancel between two packets
 * @source FFmpeg doc/examples/decode_audio.c (order of calls)
 */
export const readAudio = async (
  filePath: string,
  { longestSec, signal }: { longestSec: number; signal?: AbortSignal },
): Promise<DecodedAudio> => {
  const file = path.basename(filePath)
  if (!existsSync(filePath)) throw unreadable(file, 'there is no such file')
  silenceFfmpegLog()
  try {
    const decoded = await decode(filePath, longestSec, signal)
    if (decoded.pcm.length === 0) throw unreadable(file, 'it holds no sound')
    if (!decoded.pcm.every(Number.isFinite)) throw unreadable(file, 'its samples are not all numbers')
    return decoded
  } catch (error) {
    throw error instanceof FFmpegError ? unreadable(file, error.message, error) : error
  }
}

const decode = async (filePath: string, longestSec: number, signal: AbortSignal | undefined): Promise<DecodedAudio> => {
  using stack = new DisposableStack()
  const input = new FormatContext()
  ok(await input.openInput(filePath), 'open the file')
  stack.defer(() => input.closeInputSync())
  ok(await input.findStreamInfo(), 'look into the file')
  const index = input.findBestStream(AVMEDIA_TYPE_AUDIO)
  const stream = input.streams[index]
  const codec = stream && Codec.findDecoder(stream.codecpar.codecId)
  if (!stream || !codec) throw unreadable(path.basename(filePath), 'it holds no sound')
  const decoder = new CodecContext()
  decoder.allocContext3(codec)
  stack.defer(() => decoder.freeContext())
  ok(decoder.parametersToContext(stream.codecpar), 'set up the decoder')
  decoder.pktTimebase = stream.timeBase
  ok(await decoder.open2(codec), 'start the decoder')

  const packet = new Packet()
  packet.alloc()
  stack.defer(() => packet.free())
  const frame = new Frame()
  frame.alloc()
  stack.defer(() => frame.free())
  const parts: Float32Array[] = []
  let [count, sampleRateHz] = [0, 0]
  const hasEnough = (): boolean => sampleRateHz > 0 && count >= longestSec * sampleRateHz
  const receive = async (): Promise<void> => {
    for (;;) {
      const result = await decoder.receiveFrame(frame)
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return
      ok(result, 'decode')
      const mono = monoOf(frame)
      sampleRateHz = frame.sampleRate
      parts.push(mono)
      count += mono.length
      frame.unref()
    }
  }
  while (!hasEnough()) {
    if (signal?.aborted) throw new AppCancel()
    const result = await input.readFrame(packet)
    if (result === AVERROR_EOF) break
    ok(result, 'read')
    if (packet.streamIndex === index) {
      ok(await decoder.sendPacket(packet), 'decode')
      await receive()
    }
    packet.unref()
  }
  if (!hasEnough()) {
    ok(await decoder.sendPacket(null), 'finish')
    await receive()
  }
  const pcm = new Float32Array(count)
  let at = 0
  for (const part of parts) {
    pcm.set(part, at)
    at += part.length
  }
  return { pcm, sampleRateHz }
}
