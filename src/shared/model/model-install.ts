import { z } from 'zod'
import { modelPrecisionSchema } from './installed-model.ts'

/** A mirror of the catalogue by its id, or an address of one's own; null: in the catalogue's order. */
export const mirrorChoiceSchema = z
  .union([z.object({ id: z.string().max(100) }), z.object({ baseUrl: z.string().max(2000) })])
  .nullable()
export type MirrorChoiceInput = z.output<typeof mirrorChoiceSchema>

export const modelInstallSchema = z.object({
  catalogueId: z.string().max(200),
  precision: modelPrecisionSchema,
  mirror: mirrorChoiceSchema,
  /** SPDX identifier of the licence that the person has seen and accepted. */
  acceptedLicence: z.string().max(100),
})
export type ModelInstall = z.output<typeof modelInstallSchema>

/** How far an installation, an import, a repair or an export is. */
export const modelProgressSchema = z.object({
  stage: z.enum(['download', 'verify', 'convert', 'copy']),
  /** Of the stage. */
  doneBytes: z.number(),
  totalBytes: z.number(),
  /** The step of a conversion. */
  part: z.string().nullable(),
  /** Of everything, 0 to 1; never goes backwards. */
  fraction: z.number(),
})
export type ModelProgress = z.output<typeof modelProgressSchema>
