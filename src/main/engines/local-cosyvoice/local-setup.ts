import { z } from 'zod'
import { deviceCertificateSchema, deviceWishSchema } from '../../../shared/device/index.ts'

/** Which model the local engine speaks with, and how. Plain data: it crosses into the engine's process. */
export const localSetupSchema = z.object({
  modelId: z.string(),
  modelName: z.string(),
  modelDirectory: z.string(),
  layout: z.enum(['bundle', 'sokuji']),
  /** Folder of the recordings that voices are made from. */
  voicesDirectory: z.string(),
  /** Folder of what models know of voices; all of it can be made again. */
  featuresDirectory: z.string(),
  device: deviceWishSchema,
  /** Of devices that were tried. */
  certificates: z.array(deviceCertificateSchema).readonly(),
  memory: z.enum(['resident', 'staged']),
  speaking: z.enum(['streamed', 'whole']),
  /** Lines at the same time, each in a process of its own with its share of the cores. */
  lines: z.number().int().min(1),
  /** Euler steps of the flow. */
  steps: z.number().int().positive(),
})
export type LocalSetup = z.output<typeof localSetupSchema>
