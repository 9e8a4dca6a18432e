import { Buffer } from 'node:buffer'
import { isTrailer, type OwnReason, ownReason, RemoteFailure } from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'

/** Sound of a server's WAV files, as far as it has come. */
export type WavSound = { readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }

/**
 * Reads WAVs that follow each other without a gap, in whatever pieces they come, 16-bit or 32-bit float, mono. Where one ends is
 * found by the head of the next one, or by what programs write behind the sound: one build of the server sends a whole file for
 * each chunk, another a single head whose size is a guess, and raw samples from then on.
 * @source CosyVoice API (v2 + v3) app/core/streaming_synthesis_engine.py, in its two versions
 */
export interface WavStream {
  /** @returns the samples that are whole now; @throws RemoteFailure `protocol` for what is no such sound */
  push(piece: Uint8Array): WavSound[]
  /**
   * What was held back until it was clear that nothing follows.
   * @returns text that stood where sound was due, after it
   * @throws RemoteFailure `network` where the end is missing
   */
  end(): { readonly sounds: WavSound[]; readonly errorText: string | undefined }
}

type Format = { readonly sampleRateHz: number; readonly isFloat: boolean; readonly sampleBytes: 2 | 4 }
type Head = { readonly format: Format; readonly dataFrom: number; readonly dataBytes: number }

/** From here on a size is no size but "until the end". */
const UNKNOWN_FROM_BYTES = 0x7fff_ff00
/** A head longer than this is none. */
const LONGEST_HEAD_BYTES = 64 * 1024
/** Beyond these it is no speech. */
const [LOWEST_RATE_HZ, HIGHEST_RATE_HZ] = [8000, 192_000]
/** Floats may be beyond full scale, but not by so much. */
const LOUDEST = 4
const RIFF = 'RIFF'
const WAVE = 'WAVE'
const ERROR = 'ERROR: '
const PCM_FORMAT = 1
const FLOAT_FORMAT = 3
const EXTENSIBLE_FORMAT = 0xfffe

const protocol = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)
const cutShort = (): RemoteFailure => new RemoteFailure('network', ownReason('sound-cut-short'))
const textAt = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to)

const formatAt = (bytes: Buffer, at: number, sizeBytes: number): Format => {
  const named = bytes.readUInt16LE(at)
  const code = named === EXTENSIBLE_FORMAT && sizeBytes >= 26 ? bytes.readUInt16LE(at + 24) : named
  const [channels, sampleRateHz, bits] = [
    bytes.readUInt16LE(at + 2),
    bytes.readUInt32LE(at + 4),
    bytes.readUInt16LE(at + 14),
  ]
  if (channels !== 1) throw protocol(ownReason('sound-form', { channels, bits }))
  if (sampleRateHz < LOWEST_RATE_HZ || sampleRateHz > HIGHEST_RATE_HZ)
    throw protocol(ownReason('sample-rate', { sampleRateHz }))
  if (code === PCM_FORMAT && bits === 16) return { sampleRateHz, isFloat: false, sampleBytes: 2 }
  if (code === FLOAT_FORMAT && bits === 32) return { sampleRateHz, isFloat: true, sampleBytes: 4 }
  throw protocol(ownReason('sound-form', { channels, bits }))
}

/** @returns undefined where the head goes on in the next piece */
const headOf = (bytes: Buffer): Head | undefined => {
  if (bytes.length >= 4 && textAt(bytes, 0, 4) !== RIFF) throw protocol(ownReason('not-sound'))
  if (bytes.length >= 12 && textAt(bytes, 8, 12) !== WAVE) throw protocol(ownReason('not-sound'))
  let format: Format | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = textAt(bytes, at, at + 4)
    const sizeBytes = bytes.readUInt32LE(at + 4)
    if (id === 'data') {
      if (!format) throw protocol(ownReason('wav-header-damaged'))
      return { format, dataFrom: at + 8, dataBytes: sizeBytes }
    }
    if (id === 'fmt ') {
      if (sizeBytes < 16) throw protocol(ownReason('wav-header-damaged'))
      if (at + 8 + sizeBytes > bytes.length) break
      format = formatAt(bytes, at + 8, sizeBytes)
    }
    at += 8 + sizeBytes + (sizeBytes % 2)
    if (at > LONGEST_HEAD_BYTES) throw protocol(ownReason('wav-header-damaged'))
  }
  return undefined
}

const samplesOf = (bytes: Buffer, { isFloat, sampleBytes }: Format): Float32Array<ArrayBuffer> => {
  const pcm = new Float32Array(Math.floor(bytes.length / sampleBytes))
  for (let index = 0; index < pcm.length; index++)
    pcm[index] = isFloat ? bytes.readFloatLE(4 * index) : bytes.readInt16LE(2 * index) / 32_768
  // Of what is no number it is false as well.
  if (isFloat && !pcm.every((sample) => Math.abs(sample) <= LOUDEST)) throw protocol(ownReason('not-sound'))
  return pcm
}

const isHeadAt = (bytes: Buffer, at: number): boolean => textAt(bytes, at + 8, at + 12) === WAVE

/** Where the next head or text begins. */
const nextMark = (bytes: Buffer): { readonly at: number; readonly kind: 'head' | 'error' } | undefined => {
  let head = bytes.indexOf(RIFF, 0, 'latin1')
  while (head >= 0 && !(head + 12 <= bytes.length && isHeadAt(bytes, head)))
    head = bytes.indexOf(RIFF, head + 1, 'latin1')
  const error = bytes.indexOf(ERROR, 0, 'latin1')
  if (head < 0 && error < 0) return undefined
  return error >= 0 && (head < 0 || error < head) ? { at: error, kind: 'error' } : { at: head, kind: 'head' }
}

/** How many of the last bytes may be the beginning of a head or text that goes on in the next piece. */
const undecidedBytes = (bytes: Buffer): number => {
  for (let count = Math.min(11, bytes.length); count > 0; count--) {
    const tail = textAt(bytes, bytes.length - count, bytes.length)
    const mayBeHead = count <= 4 ? RIFF.startsWith(tail) : tail.startsWith(RIFF) && WAVE.startsWith(tail.slice(8))
    if (mayBeHead || ERROR.startsWith(tail)) return count
  }
  return 0
}

/** @param isFile whether the size in the header counts: what is shorter has not come whole, and what is behind it is no sound */
export const createWavStream = ({ isFile = false }: { isFile?: boolean } = {}): WavStream => {
  let rest: Buffer = Buffer.alloc(0)
  let format: Format | undefined
  let isInHead = true
  /** What comes now is no sound any more, until another file begins. */
  let isBehind = false
  let heads = 0
  /** Of sound, as the head claims it. */
  let leftBytes = Number.POSITIVE_INFINITY
  let errorText: string | undefined

  /** @param count bytes of the rest that are certainly sound */
  const take = (count: number, isLast: boolean): WavSound[] => {
    if (!format) return []
    const usable = count - (count % format.sampleBytes)
    const pcm = samplesOf(rest.subarray(0, usable), format)
    leftBytes -= usable
    if (isLast && usable < count) throw cutShort()
    rest = rest.subarray(usable)
    return pcm.length > 0 ? [{ pcm, sampleRateHz: format.sampleRateHz }] : []
  }

  /** @param count bytes of the rest before which no other file begins @param isLast one begins there, or nothing more comes */
  const upTo = (count: number, isLast: boolean): WavSound[] => {
    const sounds: WavSound[] = []
    let ready = count
    if (!isBehind && leftBytes < ready) {
      ready -= leftBytes
      sounds.push(...take(leftBytes, true))
      const isOther = isFile || isTrailer(rest.subarray(0, ready))
      if (isOther === undefined && !isLast) return sounds
      // A size that was a guess is none.
      if (isOther === true) isBehind = true
      else leftBytes = Number.POSITIVE_INFINITY
    }
    if (!isBehind) return [...sounds, ...take(ready, isLast)]
    rest = rest.subarray(ready)
    return sounds
  }

  const readHead = (): boolean => {
    if (ERROR.startsWith(textAt(rest, 0, Math.min(ERROR.length, rest.length)))) {
      if (rest.length < ERROR.length) return false
      errorText = ''
      return true
    }
    const head = headOf(rest)
    if (!head) return false
    if (format && format.sampleRateHz !== head.format.sampleRateHz) throw protocol(ownReason('sample-rate-changes'))
    const { dataBytes } = head
    const isKnown = dataBytes > 0 && dataBytes < UNKNOWN_FROM_BYTES && dataBytes % head.format.sampleBytes === 0
    leftBytes = isKnown ? dataBytes : Number.POSITIVE_INFINITY
    ;[format, isInHead, isBehind] = [head.format, false, false]
    heads += 1
    rest = rest.subarray(head.dataFrom)
    return true
  }

  const read = (): WavSound[] => {
    const sounds: WavSound[] = []
    while (rest.length > 0 && errorText === undefined) {
      if (isInHead) {
        if (!readHead()) return sounds
        continue
      }
      const mark = nextMark(rest)
      const ready = mark?.at ?? rest.length - undecidedBytes(rest)
      sounds.push(...upTo(ready, mark !== undefined))
      if (!mark) return sounds
      isInHead = true
    }
    return sounds
  }

  return {
    push(piece) {
      rest = Buffer.concat([rest, piece])
      return errorText === undefined ? read() : []
    },
    end() {
      if (errorText !== undefined) return { sounds: [], errorText: rest.toString('utf8').trim() }
      if (isInHead && rest.length > 0) throw cutShort()
      const sounds = upTo(rest.length, true)
      const isShort = leftBytes > 0 && Number.isFinite(leftBytes)
      if (isShort && (isFile || heads > 1)) throw cutShort()
      return { sounds, errorText: undefined }
    },
  }
}

/** @throws RemoteFailure `network` for what is cut off or is no Base64 */
export const bytesOfBase64 = (source: string): Uint8Array => {
  const bytes = decodeBase64(source)
  if (!bytes) throw cutShort()
  return bytes
}
