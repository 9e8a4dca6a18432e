import type { ChannelCount } from '../../shared/audio/index.ts'
import {
  AV_BUFFERSRC_FLAG_KEEP_REF,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  channelLayoutOf,
  type FilterContext,
  FilterGraph,
  Frame,
  InputFrame,
  ok,
} from '../ffmpeg/index.ts'

/** A chain of FFmpeg's audio filters: interleaved f32 in, interleaved f32 out. */
export class AudioGraph implements Disposable {
  readonly #graph = new FilterGraph()
  readonly #source: FilterContext
  readonly #sink: FilterContext
  readonly #input: InputFrame
  readonly #output = new Frame()
  readonly #channelCount: ChannelCount
  #positionSamples = 0

  /** @param chain as FFmpeg writes it: `aresample=48000,volume=0.5` */
  constructor({ sampleRateHz, channelCount }: { sampleRateHz: number; channelCount: ChannelCount }, chain: string) {
    const { mask } = channelLayoutOf(channelCount)
    const source = `time_base=1/${sampleRateHz}:sample_rate=${sampleRateHz}:sample_fmt=flt:channel_layout=${mask}`
    this.#graph.alloc()
    ok(
      this.#graph.parse2(`abuffer@in=${source},${chain},aformat=sample_fmts=flt,abuffersink@out`),
      'parse the filter graph',
    )
    ok(this.#graph.configSync(), 'configure the filter graph')
    this.#source = this.#find('abuffer@in')
    this.#sink = this.#find('abuffersink@out')
    this.#input = new InputFrame({ sampleRateHz, channelCount, isPlanar: false })
    this.#channelCount = channelCount
  }

  /** Blocks of one length, but for the last: a change of length costs a new frame. */
  push(interleaved: Float32Array<ArrayBuffer>): Float32Array[] {
    const frame = this.#input.fill(interleaved, this.#positionSamples)
    this.#positionSamples += interleaved.length / this.#channelCount
    // The frame stays ours, to be filled again.
    ok(this.#source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF), 'filter')
    return this.#drain()
  }

  /** No more input: what the filters still hold. */
  end(): Float32Array[] {
    ok(this.#source.buffersrcAddFrameSync(null), 'end the filter graph')
    return this.#drain()
  }

  [Symbol.dispose](): void {
    this.#output.free()
    this.#input[Symbol.dispose]()
    this.#graph.free()
  }

  #drain(): Float32Array[] {
    const parts: Float32Array[] = []
    for (;;) {
      this.#output.alloc()
      const result = this.#sink.buffersinkGetFrameSync(this.#output)
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return parts
      ok(result, 'filter')
      const part = new Float32Array(this.#output.nbSamples * this.#channelCount)
      new Uint8Array(part.buffer).set(this.#output.toBuffer().subarray(0, part.byteLength))
      parts.push(part)
      this.#output.unref()
    }
  }

  #find(name: string): FilterContext {
    const filter = this.#graph.getFilter(name)
    if (!filter) throw new Error(`the filter graph has no ${name}`)
    return filter
  }
}
