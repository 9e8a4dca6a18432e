import type { ChannelCount } from '../../shared/audio/index.ts'
import { AudioGraph } from './audio-graph.ts'
import { FrameCutter } from './frame-cutter.ts'

/**
 * Measured from 44.1 to 24 kHz: flat to 0.9 of the new band, -92 dB just above it. With FFmpeg's own choice (32 taps, 0.97)
 * what lies just above folds back at -11 dB.
 */
const RESAMPLER_OPTIONS = 'filter_size=128:cutoff=0.95'

/**
 * Changes the rate of interleaved PCM with FFmpeg's resampler, to exactly round(n * toHz / fromHz) samples.
 */
export class RateChanger implements Disposable {
  readonly #graph: AudioGraph
  readonly #cutter: FrameCutter
  readonly #channelCount: ChannelCount
  readonly #fromHz: number
  readonly #toHz: number
  #inputSamples = 0
  #outputSamples = 0

  constructor(fromHz: number, toHz: number, channelCount: ChannelCount) {
    this.#fromHz = fromHz
    this.#toHz = toHz
    this.#channelCount = channelCount
    this.#cutter = new FrameCutter(fromHz * channelCount)
    this.#graph = new AudioGraph({ sampleRateHz: fromHz, channelCount }, `aresample=${toHz}:${RESAMPLER_OPTIONS}`)
  }

  push(interleaved: Float32Array): Float32Array<ArrayBuffer> {
    const parts: Float32Array[] = []
    for (const frame of this.#cutter.push(interleaved)) parts.push(...this.#send(frame))
    return this.#join(parts, Number.POSITIVE_INFINITY)
  }

  flush(): Float32Array<ArrayBuffer> {
    const rest = this.#cutter.rest()
    const parts = [...(rest.length > 0 ? this.#send(rest) : []), ...this.#graph.end()]
    const totalSamples = Math.round((this.#inputSamples * this.#toHz) / this.#fromHz)
    const missing = totalSamples - this.#outputSamples
    const padded = new Float32Array(missing * this.#channelCount)
    padded.set(this.#join(parts, missing))
    return padded
  }

  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]()
  }

  #send(interleaved: Float32Array<ArrayBuffer>): Float32Array[] {
    this.#inputSamples += interleaved.length / this.#channelCount
    return this.#graph.push(interleaved)
  }

  #join(parts: readonly Float32Array[], atMostSamples: number): Float32Array<ArrayBuffer> {
    const available = parts.reduce((length, part) => length + part.length, 0)
    const joined = new Float32Array(Math.min(available, atMostSamples * this.#channelCount))
    let at = 0
    for (const part of parts) {
      joined.set(part.subarray(0, joined.length - at), at)
      at = Math.min(joined.length, at + part.length)
    }
    this.#outputSamples += joined.length / this.#channelCount
    return joined
  }
}
