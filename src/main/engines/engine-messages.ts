import { z } from 'zod'
import type { PcmBlock } from '../../shared/audio/index.ts'
import { engineIdSchema } from '../../shared/kernel/index.ts'
import { engineCapabilitiesSchema, renderRequestSchema } from '../../shared/render/index.ts'
import { voiceSchema } from '../../shared/voice/index.ts'

/** What the engine worker is asked and what it answers, by method; an item of `render` is a block or the progress. */
export const engineInputSchema = z.object({ engineId: engineIdSchema })
export const engineDescriptionSchema = z.object({
  capabilities: engineCapabilitiesSchema,
  presetVoices: z.array(voiceSchema),
})
export const renderInputSchema = renderRequestSchema
export const renderItemSchema = z.union([
  z.custom<PcmBlock>((item) => item instanceof Float32Array),
  z.object({ fraction: z.number().min(0).max(1) }),
])
export type RenderItem = z.output<typeof renderItemSchema>
