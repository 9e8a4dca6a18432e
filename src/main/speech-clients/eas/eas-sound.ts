import { createPcmAssembler, ownReason, RemoteFailure, type SpeechEvent } from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'

/** Decodes a whole file of a compressed kind. */
export type DecodeAudio = (
  bytes: Uint8Array,
) => Promise<{ readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }>

export type EasSoundOptions = {
  /** Of sound that comes without a header. */
  readonly sampleRateHz: number
  readonly gainLinear: number
  readonly decode: DecodeAudio | undefined
}

/** Sound of one request, out of pieces that are files, parts of one file or bare samples. */
export interface EasSound {
  /** Whether any has come, heard yet or not. */
  readonly hasCome: boolean
  /** @throws RemoteFailure `network` where the base64 is cut short, `protocol` for sound that cannot be read */
  push(piece: string | Uint8Array): SpeechEvent[]
  /** What is left at the end. @throws RemoteFailure `network` where the end is missing, `protocol` */
  end(): Promise<SpeechEvent[]>
}

/**
 * Kinds that samples cannot be mistaken for. Quiet samples begin with FF FF, so of MP3's sync words only those of layer III
 * count.
 */
const compressedKind = (bytes: Uint8Array): string | undefined => {
  const head = String.fromCharCode(...bytes.subarray(0, 4))
  if (head.startsWith('ID3')) return 'mp3'
  if (head === 'OggS') return 'opus'
  if (head === 'fLaC') return 'flac'
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2 ? 'mp3' : undefined
}

const scaled = (pcm: Float32Array<ArrayBuffer>, gainLinear: number): Float32Array<ArrayBuffer> => {
  if (gainLinear === 1) return pcm
  return gainLinear === 0 ? new Float32Array(pcm.length) : pcm.map((sample) => sample * gainLinear)
}

export const createEasSound = ({ sampleRateHz, gainLinear, decode }: EasSoundOptions): EasSound => {
  const assembler = createPcmAssembler(sampleRateHz)
  const compressed: Uint8Array[] = []
  let hasCome = false

  const event = (pcm: Float32Array<ArrayBuffer>, rateHz: number): SpeechEvent[] =>
    pcm.length === 0 ? [] : [{ kind: 'sound', pcm: scaled(pcm, gainLinear), sampleRateHz: rateHz }]

  const bytesOf = (piece: string | Uint8Array): Uint8Array => {
    const bytes = typeof piece === 'string' ? decodeBase64(piece) : piece
    if (!bytes) throw new RemoteFailure('network', { ...ownReason('sound-cut-short'), hasPartialAudio: true })
    return bytes
  }

  return {
    get hasCome() {
      return hasCome
    },
    push(piece) {
      const bytes = bytesOf(piece)
      if (bytes.length === 0) return []
      const kind = hasCome ? undefined : compressedKind(bytes)
      hasCome = true
      if (kind !== undefined && !decode) throw new RemoteFailure('protocol', ownReason('other-kind', { found: kind }))
      if (kind !== undefined || compressed.length > 0) {
        compressed.push(bytes)
        return []
      }
      return event(assembler.push(bytes), assembler.sampleRateHz)
    },
    async end() {
      if (assembler.isOdd) throw new RemoteFailure('network', ownReason('sound-cut-short'))
      if (compressed.length === 0 || !decode) return []
      try {
        const { pcm, sampleRateHz: rateHz } = await decode(new Uint8Array(Buffer.concat(compressed)))
        return event(pcm, rateHz)
      } catch (cause) {
        throw new RemoteFailure('protocol', { ...ownReason('sound-undecodable'), cause })
      }
    },
  }
}
