import { z } from 'zod'
import type { PcmBlock } from '../../shared/audio/index.ts'
import { deviceCertificateSchema, graphPlacementSchema, providerSchema } from '../../shared/device/index.ts'
import { engineIdSchema } from '../../shared/kernel/index.ts'
import { engineCapabilitiesSchema, renderRequestSchema } from '../../shared/render/index.ts'
import { voiceSchema } from '../../shared/voice/index.ts'

/** What the engine worker is asked and what it answers, by method; an item of `render` is a block or the progress. */
export const engineInputSchema = z.object({
  engineId: engineIdSchema,
  /** What the engine is made with, the same for as long as the process lives; null for engines that need nothing. */
  setup: z.unknown(),
})
export type EngineInput = z.output<typeof engineInputSchema>
export const engineDescriptionSchema = z.object({
  capabilities: engineCapabilitiesSchema,
  presetVoices: z.array(voiceSchema).readonly(),
  memoryLimitBytes: z.number().exactOptional(),
})
export const renderInputSchema = engineInputSchema.extend({ request: renderRequestSchema })
export const renderItemSchema = z.union([
  z.custom<PcmBlock>((item) => item instanceof Float32Array),
  z.object({ fraction: z.number().min(0).max(1) }),
])
export type RenderItem = z.output<typeof renderItemSchema>

/** Of the worker's process. */
export const workerReportSchema = z.object({
  memoryBytes: z.number(),
  peakMemoryBytes: z.number(),
  /** Where the graphs of the engine's model run; none where it has none. */
  placements: z.array(graphPlacementSchema),
})
export type WorkerReport = z.output<typeof workerReportSchema>
export const renderOutputSchema = workerReportSchema.pick({ memoryBytes: true })

export const proveInputSchema = z.object({ provider: providerSchema })
export const proveOutputSchema = deviceCertificateSchema
