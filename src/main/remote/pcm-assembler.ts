import { type OwnReason, ownReason, RemoteFailure } from './failure.ts'

/** Mono samples in the order they came, and their rate as far as it was told. */
export type AssembledPcm = { readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }

/** What a body begins with. @source cosyvoice cloud-apis J.0 */
export type AudioKind = 'wav' | 'mp3' | 'opus' | 'flac' | 'json' | 'markup' | 'raw'

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to))

/** A head of layer III with a bit rate and a sample rate: raw samples just below zero begin with the same eleven bits. */
const isMp3Frame = ([sync = 0, kind = 0, rates = 0]: Uint8Array): boolean =>
  sync === 0xff && (kind & 0xe6) === 0xe2 && (kind & 0x18) !== 0x08 && rates >> 4 !== 0xf && (rates & 0x0c) !== 0x0c

export const audioKindOf = (bytes: Uint8Array): AudioKind => {
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WAVE') return 'wav'
  if (ascii(bytes, 0, 3) === 'ID3') return 'mp3'
  if (ascii(bytes, 0, 4) === 'OggS') return 'opus'
  if (ascii(bytes, 0, 4) === 'fLaC') return 'flac'
  const first = bytes.find((byte) => byte > 0x20)
  if (first === 0x7b || first === 0x5b) return 'json'
  if (first === 0x3c) return 'markup'
  if (isMp3Frame(bytes)) return 'mp3'
  return 'raw'
}

/**
 * Puts together 16-bit PCM that comes in pieces: raw, as one WAV that goes on, or as a WAV for each piece. Headers are taken
 * off wherever a piece begins with one, whatever sizes they claim; half a sample waits for the next piece.
 */
export interface PcmAssembler {
  /** @returns samples that are whole now; @throws RemoteFailure `protocol` for sound that is no 16-bit mono */
  push(piece: Uint8Array): Float32Array<ArrayBuffer>
  /** Of the headers, else what was expected. */
  readonly sampleRateHz: number
  readonly samples: number
  /** Whether half a sample is left: the end is missing. */
  readonly isOdd: boolean
}

const HEADER_MIN_BYTES = 12
/** A head that goes on for longer is none. */
const HEADER_MAX_BYTES = 64 * 1024
/** What programs write behind the sound, by its first four bytes. */
const TRAILERS = [
  ...[
    'LIST',
    'id3 ',
    'ID3 ',
    'bext',
    'fact',
    'cue ',
    'JUNK',
    'junk',
    'PAD ',
    'FLLR',
    'smpl',
    'inst',
    'PEAK',
    'iXML',
    'axml',
  ],
  ...['_PMX', 'LGWV', 'DISP', 'levl', 'acid', 'umid', 'ds64'],
]
const TRAILER_NAME_BYTES = 4
/** Beyond these it is no speech. */
const [LOWEST_RATE_HZ, HIGHEST_RATE_HZ] = [8000, 192_000]

const protocol = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)

type Header = { readonly sampleRateHz: number; readonly dataFrom: number; readonly dataBytes: number }

/** @returns undefined where the head goes on in the next piece */
const readHeader = (bytes: Uint8Array): Header | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sampleRateHz = 0
  for (let at = HEADER_MIN_BYTES; at + 8 <= bytes.length; ) {
    const id = ascii(bytes, at, at + 4)
    const sizeBytes = view.getUint32(at + 4, true)
    if (id === 'fmt ') {
      if (at + 24 > bytes.length) return undefined
      const [channels, bits] = [view.getUint16(at + 10, true), view.getUint16(at + 22, true)]
      if (channels !== 1 || bits !== 16) throw protocol(ownReason('sound-form', { channels, bits }))
      sampleRateHz = view.getUint32(at + 12, true)
      if (sampleRateHz < LOWEST_RATE_HZ || sampleRateHz > HIGHEST_RATE_HZ)
        throw protocol(ownReason('sample-rate', { sampleRateHz }))
    }
    if (id === 'data') {
      if (sampleRateHz === 0) throw protocol(ownReason('wav-header-damaged'))
      return { sampleRateHz, dataFrom: at + 8, dataBytes: sizeBytes }
    }
    at += 8 + sizeBytes + (sizeBytes % 2)
  }
  return undefined
}

/** Whether bytes are the beginning of what is written behind the sound; undefined where more of them have to come. */
export const isTrailer = (bytes: Uint8Array): boolean | undefined => {
  const name = ascii(bytes, 0, Math.min(TRAILER_NAME_BYTES, bytes.length))
  if (name.length === TRAILER_NAME_BYTES) return TRAILERS.includes(name)
  return TRAILERS.some((known) => known.startsWith(name)) ? undefined : false
}
const isHead = (bytes: Uint8Array): boolean => audioKindOf(bytes) === 'wav'
const mayBecomeHead = (bytes: Uint8Array): boolean =>
  bytes.length < HEADER_MIN_BYTES && 'RIFF'.startsWith(ascii(bytes, 0, Math.min(4, bytes.length)))

export const createPcmAssembler = (expectedRateHz: number): PcmAssembler => {
  let rest = new Uint8Array()
  /** What may be the name of something else than sound, behind the sound, as far as it came. */
  let undecided = new Uint8Array()
  let sampleRateHz = expectedRateHz
  let samples = 0
  /** Bytes of sound that the file still has, as its head claims; undefined where there was no head. */
  let left: number | undefined
  /** What comes now is no sound any more, until another file begins. */
  let hasEnded = false

  const decoded = (bytes: Uint8Array): Float32Array<ArrayBuffer> => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const pcm = new Float32Array(bytes.length >> 1)
    for (let index = 0; index < pcm.length; index++) pcm[index] = view.getInt16(2 * index, true) / 32_768
    samples += pcm.length
    return pcm
  }

  /** Sound of bytes that may hold several files after another. */
  const soundOf = (bytes: Uint8Array): Uint8Array[] => {
    if (!isHead(bytes)) return withinData(bytes)
    hasEnded = false
    const header = readHeader(bytes)
    if (!header) {
      if (bytes.length > HEADER_MAX_BYTES) throw protocol(ownReason('wav-header-damaged'))
      rest = Uint8Array.from(bytes)
      return []
    }
    if (samples > 0 && header.sampleRateHz !== sampleRateHz) throw protocol(ownReason('sample-rate-changes'))
    sampleRateHz = header.sampleRateHz
    left = header.dataBytes
    return withinData(bytes.subarray(header.dataFrom))
  }
  /** Sizes may be made up: what is behind the sound is something else only where it says so. */
  const withinData = (bytes: Uint8Array): Uint8Array[] => {
    if (hasEnded) return []
    if (left === undefined) return [bytes]
    const own = bytes.subarray(0, left)
    const next = bytes.subarray(own.length)
    left -= own.length
    if (next.length === 0) return [own]
    if (isHead(next)) return [own, ...soundOf(next)]
    const isOther = isTrailer(next)
    if (isOther === undefined || mayBecomeHead(next)) {
      undecided = Uint8Array.from(next)
      return [own]
    }
    hasEnded = isOther
    return [hasEnded ? own : bytes]
  }

  return {
    push(piece) {
      const held = rest.length + undecided.length
      const bytes = held === 0 ? piece : new Uint8Array(Buffer.concat([rest, undecided, piece]))
      // Half a sample was counted when it came.
      if (left !== undefined) left += rest.length
      rest = new Uint8Array()
      undecided = new Uint8Array()
      if (mayBecomeHead(bytes) && samples === 0) {
        rest = Uint8Array.from(bytes)
        return new Float32Array()
      }
      const all = Buffer.concat(soundOf(bytes))
      if (all.length % 2 === 1) rest = Uint8Array.from(all.subarray(-1))
      return decoded(all.subarray(0, all.length - (all.length % 2)))
    },
    get sampleRateHz() {
      return sampleRateHz
    },
    get samples() {
      return samples
    },
    get isOdd() {
      return rest.length > 0 || undecided.length % 2 === 1
    },
  }
}
