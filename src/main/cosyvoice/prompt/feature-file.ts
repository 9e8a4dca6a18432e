import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type PromptFeatures, SPEAKER_SIZE } from './prompt-features.ts'
import { PROMPT_MEL_BINS } from './prompt-mel.ts'

/**
 * A file of features: magic, length of the header, SHA-256 of all that follows, the header as JSON, then the arrays one after
 * the other, little-endian: speech tokens int32, mel float32, speaker float32.
 */
const MAGIC = 'CVPF'
const VERSION = 1
const DIGEST_AT = 8
const HEADER_AT = DIGEST_AT + 32

const headerSchema = z.object({
  version: z.literal(VERSION),
  key: z.string(),
  speechTokens: z.int().nonnegative(),
  melFrames: z.int().nonnegative(),
  melBins: z.literal(PROMPT_MEL_BINS),
  speaker: z.literal(SPEAKER_SIZE),
})

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** @param key is kept inside, so that a file under a wrong name is known */
export const encodeFeatures = (key: string, { speechTokens, mel, melFrames, speaker }: PromptFeatures): Uint8Array => {
  const header: z.output<typeof headerSchema> = {
    version: VERSION,
    key,
    speechTokens: speechTokens.length,
    melFrames,
    melBins: PROMPT_MEL_BINS,
    speaker: SPEAKER_SIZE,
  }
  const headerBytes = new TextEncoder().encode(JSON.stringify(header))
  const rest = Buffer.concat([headerBytes, bytesOf(Int32Array.from(speechTokens)), bytesOf(mel), bytesOf(speaker)])
  const lead = Buffer.alloc(HEADER_AT)
  lead.write(MAGIC, 'latin1')
  lead.writeUInt32LE(headerBytes.length, MAGIC.length)
  digestOf(rest).copy(lead, DIGEST_AT)
  return Buffer.concat([lead, rest])
}

/** @throws Error that says why the bytes are not the features of that key */
export const decodeFeatures = (key: string, bytes: Uint8Array): PromptFeatures => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < HEADER_AT || file.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new Error('this is no file of voice features')
  const rest = file.subarray(HEADER_AT)
  if (!digestOf(rest).equals(file.subarray(DIGEST_AT, HEADER_AT)))
    throw new Error('its bytes are not those that were written')
  const headerLength = file.readUInt32LE(MAGIC.length)
  const header = headerSchema.parse(JSON.parse(rest.toString('utf8', 0, headerLength)))
  if (header.key !== key) throw new Error('it belongs to another voice or model')

  // Copied, because arrays of numbers must begin at a multiple of their size.
  const arrays = Uint8Array.from(rest.subarray(headerLength)).buffer
  const melAt = 4 * header.speechTokens
  const speakerAt = melAt + 4 * header.melFrames * PROMPT_MEL_BINS
  if (arrays.byteLength !== speakerAt + 4 * SPEAKER_SIZE) throw new Error('its arrays are of another length')
  return {
    speechTokens: [...new Int32Array(arrays, 0, header.speechTokens)],
    mel: new Float32Array(arrays, melAt, header.melFrames * PROMPT_MEL_BINS),
    melFrames: header.melFrames,
    speaker: new Float32Array(arrays, speakerAt, SPEAKER_SIZE),
  }
}
