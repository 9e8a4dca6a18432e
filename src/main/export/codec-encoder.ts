import { Buffer } from 'node:buffer'
import type { ExportSettings, ExportTags } from '../../shared/audio/index.ts'
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AV_PKT_DATA_SKIP_SAMPLES,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVIO_FLAG_WRITE,
  Codec,
  CodecContext,
  channelLayoutOf,
  Dictionary,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
  FF_QP2LAMBDA,
  FormatContext,
  InputFrame,
  IOContext,
  ok,
  Packet,
  Rational,
  sampleFormatOf,
} from '../ffmpeg/index.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { FrameCutter } from './frame-cutter.ts'
import { ffmpegTags } from './tags.ts'

export type CodecSettings = Exclude<ExportSettings, { format: 'wav' }>

const CODECS = {
  mp3: { encoder: FF_ENCODER_LIBMP3LAME, muxer: 'mp3', isPlanar: true },
  opus: { encoder: FF_ENCODER_LIBOPUS, muxer: 'opus', isPlanar: false },
} as const

/** ID3v2.3 is what every player and Windows itself reads; its UTF-16 carries any title. */
const MUXER_OPTIONS = { mp3: { id3v2_version: '3', write_id3v1: '0', write_xing: '1' }, opus: {} } as const

/** Behind the samples to skip at the start. @source FFmpeg libavcodec/packet.h AV_PKT_DATA_SKIP_SAMPLES */
const SKIP_SAMPLES_END_OFFSET = 4

const setRate = (context: CodecContext, settings: CodecSettings): void => {
  if (settings.format === 'opus') context.bitRate = BigInt(settings.bitrateKbps * 1000)
  else if (settings.rate.mode === 'cbr') context.bitRate = BigInt(settings.rate.bitrateKbps * 1000)
  else {
    context.setFlags(AV_CODEC_FLAG_QSCALE)
    context.globalQuality = settings.rate.quality * FF_QP2LAMBDA
  }
}

const openCodec = (settings: CodecSettings): CodecContext => {
  const { encoder, isPlanar } = CODECS[settings.format]
  const codec = Codec.findEncoderByName(encoder)
  if (!codec) throw new Error(`this build of FFmpeg has no ${encoder}`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.sampleRate = settings.sampleRateHz
  context.channelLayout = channelLayoutOf(settings.channelCount)
  context.sampleFormat = sampleFormatOf({ isPlanar })
  context.timeBase = new Rational(1, settings.sampleRateHz)
  setRate(context, settings)
  // Ogg keeps the codec's header in its own; mp3 has none, and ignores this.
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  ok(context.open2Sync(codec, null), `open ${encoder}`)
  return context
}

/** mp3 and opus files, by node-av's send and receive calls. */
export class CodecEncoder implements AudioEncoder {
  readonly #codec: CodecContext
  readonly #container = new FormatContext()
  readonly #file = new IOContext()
  readonly #packet = new Packet()
  readonly #cutter: FrameCutter
  readonly #input: InputFrame
  readonly #settings: CodecSettings
  readonly #codecTimeBase: Rational
  readonly #fileTimeBase: Rational
  readonly #needsRescaling: boolean
  #positionSamples = 0
  #packetBytes = 0
  #discardedSamples = 0
  #isOpen = true
  #isEnding = false

  constructor(filePath: string, settings: CodecSettings, tags: ExportTags) {
    this.#settings = settings
    const { muxer, isPlanar } = CODECS[settings.format]
    this.#codec = openCodec(settings)
    this.#codecTimeBase = new Rational(1, settings.sampleRateHz)
    this.#cutter = new FrameCutter(this.#codec.frameSize * settings.channelCount)
    this.#input = new InputFrame({ ...settings, isPlanar })
    this.#packet.alloc()
    try {
      ok(this.#container.allocOutputContext2(null, muxer, filePath), `make a ${muxer} file`)
      const stream = this.#container.newStream(null)
      stream.timeBase = this.#codecTimeBase
      ok(stream.codecpar.fromContext(this.#codec), 'describe the stream')
      this.#container.metadata = Dictionary.fromObject(ffmpegTags(tags))
      // "file:" keeps a colon in the path from being read as a protocol.
      ok(this.#file.open2Sync(`file:${filePath}`, AVIO_FLAG_WRITE), 'open the file')
      this.#container.pb = this.#file
      ok(this.#container.writeHeaderSync(Dictionary.fromObject(MUXER_OPTIONS[settings.format])), 'write the header')
      this.#fileTimeBase = stream.timeBase
      this.#needsRescaling = this.#fileTimeBase.den !== settings.sampleRateHz
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  write(interleaved: Float32Array): void {
    for (const frame of this.#cutter.push(interleaved)) this.#encode(frame)
  }

  finish(): number {
    this.#isEnding = true
    const rest = this.#cutter.rest()
    if (rest.length > 0) this.#encode(rest)
    ok(this.#codec.sendFrameSync(null), 'finish encoding')
    this.#writePackets()
    ok(this.#container.writeTrailerSync(), 'write the trailer')
    this.#file.flushSync()
    ok(this.#file.error, 'write the file')
    this.#isOpen = false
    this.#container.pb = null
    ok(this.#file.closepSync(), 'close the file')
    return this.#packetBytes
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) {
      this.#isOpen = false
      this.#container.pb = null
      // The file is thrown away; that it could not be written to its end is what brought us here.
      this.#file.closepSync()
    }
    this.#input[Symbol.dispose]()
    this.#packet.free()
    this.#codec.freeContext()
    this.#container.freeContext()
  }

  #encode(interleaved: Float32Array<ArrayBuffer>): void {
    ok(this.#codec.sendFrameSync(this.#input.fill(interleaved, this.#positionSamples)), 'encode')
    this.#positionSamples += interleaved.length / this.#settings.channelCount
    this.#writePackets()
  }

  /**
   * Samples behind the end of the sound, in the last frames. FFmpeg's mp3 muxer believes the last packet alone, although
   * LAME may end with one that is empty altogether; told the sum, every decoder stops at the last sample.
   */
  #addUpDiscarded(): void {
    const sideData = this.#packet.getSideData(AV_PKT_DATA_SKIP_SAMPLES)
    if (!sideData) return
    this.#discardedSamples += sideData.readUInt32LE(SKIP_SAMPLES_END_OFFSET)
    const summed = Buffer.from(sideData)
    summed.writeUInt32LE(this.#discardedSamples, SKIP_SAMPLES_END_OFFSET)
    ok(this.#packet.addSideData(AV_PKT_DATA_SKIP_SAMPLES, summed), 'mark the end of the sound')
  }

  #writePackets(): void {
    for (;;) {
      const result = this.#codec.receivePacketSync(this.#packet)
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return
      ok(result, 'encode')
      if (this.#isEnding) this.#addUpDiscarded()
      this.#packet.streamIndex = 0
      if (this.#needsRescaling) this.#packet.rescaleTs(this.#codecTimeBase, this.#fileTimeBase)
      this.#packetBytes += this.#packet.size
      ok(this.#container.writeFrameSync(this.#packet), 'write the file')
    }
  }
}
