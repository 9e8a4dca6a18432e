import { z } from 'zod'
import { appErrorDataSchema } from '../kernel/index.ts'
import { providerSchema } from './provider.ts'

/** What a device made of one small graph of the models' operators. */
export const probeResultSchema = z.object({
  id: z.string(),
  isRight: z.boolean(),
  /** ‖device − processor‖ / ‖processor‖; null where the device gave no numbers. */
  relativeError: z.number().nullable(),
  milliseconds: z.number().nullable(),
  /** How many times as fast as the processor; below 1 it is slower. */
  speedRatioToCpu: z.number().nullable(),
  refusal: appErrorDataSchema.nullable(),
})

/** What is known of a device because it was tried. */
export const deviceCertificateSchema = z.object({
  provider: providerSchema,
  /** Whether everything that the app's own models ask in single precision comes out right. */
  isRight: z.boolean(),
  speedRatioToCpu: z.number().nullable(),
  probes: z.array(probeResultSchema).readonly(),
  /** Why it is not right. */
  refusal: appErrorDataSchema.nullable(),
  provedAtEpochMs: z.number(),
})
export type DeviceCertificate = z.output<typeof deviceCertificateSchema>
