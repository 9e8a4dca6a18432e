import { z } from 'zod'
import { appErrorDataSchema } from '../kernel/index.ts'

/** `cpu` and `gpu`: quantised, in the forms that are fastest there. `fp32`: as the checkpoint is. */
export const modelPrecisionSchema = z.enum(['cpu', 'gpu', 'fp32'])
export type ModelPrecision = z.output<typeof modelPrecisionSchema>

/** Name of an installed model: that of its folder. */
export const installedModelIdSchema = z
  .string()
  .max(200)
  .regex(/^\w[\w-]*$/)

export const installedModelSchema = z.object({
  id: installedModelIdSchema,
  /** `bundle`: converted by this app. `sokuji`: graphs of the community, as they were downloaded. */
  layout: z.enum(['bundle', 'sokuji']),
  /** The model of the catalogue that it is; null where it is none of them. */
  catalogueId: z.string().nullable(),
  name: z.string(),
  precision: modelPrecisionSchema.nullable(),
  sizeBytes: z.number().nonnegative(),
  /** Parts of the official model that it lacks. */
  missing: z.array(z.string()).readonly(),
  /** Why it cannot be used, as far as names and sizes of its files tell; contents are for a repair. */
  problem: appErrorDataSchema.nullable(),
})
export type InstalledModelView = z.output<typeof installedModelSchema>
