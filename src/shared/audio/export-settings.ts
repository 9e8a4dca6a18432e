import { z } from 'zod'
import { sampleRateSchema } from '../kernel/index.ts'

const channelCountSchema = z.union([z.literal(1), z.literal(2)])

export const wavSettingsSchema = z.object({
  format: z.literal('wav'),
  sampleRateHz: sampleRateSchema,
  channelCount: channelCountSchema,
  sampleFormat: z.enum(['int16', 'int24', 'float32']),
})
/** MPEG rates only; the bit rates that each rate allows are checked by `export.unsupported-settings`. */
export const mp3SettingsSchema = z.object({
  format: z.literal('mp3'),
  sampleRateHz: sampleRateSchema,
  channelCount: channelCountSchema,
  rate: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('cbr'), bitrateKbps: z.number().int().min(32).max(320) }),
    /** LAME's V scale: 0 is best and largest, 9 smallest. */
    z.object({ mode: z.literal('vbr'), quality: z.number().int().min(0).max(9) }),
  ]),
})
/** Opus itself always plays at 48 kHz; the rate says what goes in: 8, 12, 16, 24 or 48 kHz. */
export const opusSettingsSchema = z.object({
  format: z.literal('opus'),
  sampleRateHz: sampleRateSchema,
  channelCount: channelCountSchema,
  bitrateKbps: z.number().int().min(6).max(510),
})

export const exportSettingsSchema = z.discriminatedUnion('format', [
  wavSettingsSchema,
  mp3SettingsSchema,
  opusSettingsSchema,
])
export type ExportSettings = z.output<typeof exportSettingsSchema>

export const exportTagsSchema = z.object({ title: z.string(), author: z.string(), album: z.string() })
export type ExportTags = z.output<typeof exportTagsSchema>

/** One finished file, measured. */
export const exportedFileSchema = z.object({
  path: z.string(),
  settings: exportSettingsSchema,
  sizeBytes: z.number().int(),
  durationSec: z.number(),
  /** Integrated loudness by ITU-R BS.1770; null for silence. */
  loudnessLufs: z.number().nullable(),
  /** Highest true peak; null for silence. */
  peakDbtp: z.number().nullable(),
})
export type ExportedFile = z.output<typeof exportedFileSchema>
