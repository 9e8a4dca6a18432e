import { AV_CHANNEL_ORDER_NATIVE, AV_LOG_QUIET, AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP } from 'node-av/constants'
import { type ChannelLayout, FFmpegError, Frame, Log, Rational } from 'node-av/lib'
import type { ChannelCount } from '../../shared/audio/index.ts'

/**
 * The one file that imports node-av; the others take what they need from here. Its low-level half alone: the
 * rest doubles the time a worker takes to start, and its Encoder drops the last partial frame.
 */
export {
  AV_BUFFERSRC_FLAG_KEEP_REF,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AV_PKT_DATA_SKIP_SAMPLES,
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
  AVIO_FLAG_WRITE,
  AVMEDIA_TYPE_AUDIO,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
  FF_QP2LAMBDA,
} from 'node-av/constants'
export {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  type FilterContext,
  FilterGraph,
  FormatContext,
  Frame,
  IOContext,
  Packet,
  Rational,
} from 'node-av/lib'

/** Throws the FFmpegError behind a negative result. */
export const ok = (result: number, operation: string): void => FFmpegError.throwIfError(result, operation)

/** FFmpeg reports to stderr on its own; everything it has to say also comes as a result. */
export const silenceFfmpegLog = (): void => Log.setLevel(AV_LOG_QUIET)

/** @source FFmpeg libavutil/channel_layout.h AV_CH_LAYOUT_MONO (front centre), AV_CH_LAYOUT_STEREO (front left, front right) */
export const channelLayoutOf = (channelCount: ChannelCount): ChannelLayout => ({
  nbChannels: channelCount,
  order: AV_CHANNEL_ORDER_NATIVE,
  mask: channelCount === 1 ? 4n : 3n,
})

export type InputFrameFormat = { sampleRateHz: number; channelCount: ChannelCount; isPlanar: boolean }

/** FFmpeg's name for 32-bit float samples, interleaved or one plane per channel. */
export const sampleFormatOf = ({ isPlanar }: { isPlanar: boolean }) =>
  isPlanar ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_FLT

/**
 * Carries PCM into FFmpeg in one reused frame: under glibc 2.36 a new frame per block grows the heap by all that was ever
 * carried, although each is freed.
 */
export class InputFrame implements Disposable {
  readonly #format: InputFrameFormat
  #frame: Frame | undefined
  #planes = new Float32Array(0)

  constructor(format: InputFrameFormat) {
    this.#format = format
  }

  /**
   * The frame, filled; valid until the next fill. Lengths should rarely differ: each change makes a new frame.
   * @param interleaved f32, channels interleaved
   */
  fill(interleaved: Float32Array<ArrayBuffer>, ptsSamples: number): Frame {
    const { channelCount, isPlanar } = this.#format
    const frame = this.#ensure(interleaved.length / channelCount)
    const pcm = isPlanar && channelCount > 1 ? this.#deinterleave(interleaved) : interleaved
    ok(frame.makeWritable(), 'make the input frame writable')
    ok(frame.fromBuffer(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)), 'fill the input frame')
    frame.pts = BigInt(ptsSamples)
    return frame
  }

  [Symbol.dispose](): void {
    this.#frame?.free()
    this.#frame = undefined
  }

  #ensure(frames: number): Frame {
    if (this.#frame?.nbSamples === frames) return this.#frame
    this.#frame?.free()
    const frame = new Frame()
    frame.alloc()
    frame.nbSamples = frames
    frame.format = sampleFormatOf(this.#format)
    frame.sampleRate = this.#format.sampleRateHz
    frame.channelLayout = channelLayoutOf(this.#format.channelCount)
    frame.timeBase = new Rational(1, this.#format.sampleRateHz)
    ok(frame.getBuffer(), 'allocate the input frame')
    this.#frame = frame
    return frame
  }

  #deinterleave(interleaved: Float32Array): Float32Array<ArrayBuffer> {
    const { channelCount } = this.#format
    if (this.#planes.length !== interleaved.length) this.#planes = new Float32Array(interleaved.length)
    const frames = interleaved.length / channelCount
    for (let channel = 0; channel < channelCount; channel++)
      for (let i = 0; i < frames; i++) this.#planes[channel * frames + i] = interleaved[i * channelCount + channel] ?? 0
    return this.#planes
  }
}
