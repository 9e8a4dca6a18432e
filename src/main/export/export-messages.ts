import { z } from 'zod'
import { exportedFileSchema, exportSettingsSchema, exportTagsSchema, mixPlanSchema } from '../../shared/audio/index.ts'
import { sampleCountSchema, takeIdSchema } from '../../shared/kernel/index.ts'
import { takeKeySchema } from '../../shared/render/index.ts'

/** What the export worker is asked for: everything it needs, as plain data. */
export const exportInputSchema = z.object({
  plan: mixPlanSchema,
  takes: z.object({
    /** Folder of the take store. */
    directory: z.string(),
    keys: z.array(z.tuple([takeIdSchema, takeKeySchema])),
  }),
  targets: z.array(z.object({ targetPath: z.string(), partPath: z.string(), settings: exportSettingsSchema })).min(1),
  tags: exportTagsSchema,
})
export type ExportInput = z.output<typeof exportInputSchema>

export const exportProgressSchema = z.object({ doneSamples: sampleCountSchema, totalSamples: sampleCountSchema })
export type ExportProgress = z.output<typeof exportProgressSchema>

/** What the worker says while it works. */
export const exportItemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: exportProgressSchema }),
  z.object({ kind: z.literal('file'), file: exportedFileSchema }),
])
export type ExportItem = z.output<typeof exportItemSchema>
