import { z } from 'zod'
import { installedModelIdSchema, installedModelSchema, modelPrecisionSchema } from './installed-model.ts'

/** A model that can be had, with what it takes. */
export const availableModelSchema = z.object({
  catalogueId: z.string(),
  name: z.string(),
  family: z.enum(['cosyvoice2', 'cosyvoice3']),
  licence: z.object({ spdx: z.string(), url: z.string(), attribution: z.string() }),
  /** BCP 47. */
  languages: z.array(z.string()).readonly(),
  /** In the order they are tried. `host`: the server that is asked; it may refer to storage elsewhere. */
  mirrors: z.array(z.object({ id: z.string(), name: z.string(), host: z.string() })).readonly(),
  /** False: it is used as it is downloaded. */
  isConverted: z.boolean(),
  fileCount: z.number(),
  downloadBytes: z.number(),
  /** Of those, what an earlier download has left. */
  downloadedBytes: z.number(),
  /** About what an installation needs at its fullest, for each precision. */
  neededBytes: z.record(modelPrecisionSchema, z.number()),
  /** One for each precision. */
  installedIds: z.array(installedModelIdSchema).readonly(),
})
export type AvailableModelView = z.output<typeof availableModelSchema>

export const modelListingSchema = z.object({
  available: z.array(availableModelSchema).readonly(),
  installed: z.array(installedModelSchema).readonly(),
  /** Folder of all models. */
  directory: z.string(),
  /** Downloads, conversions and imports that were not finished, or are at work now. */
  unfinishedBytes: z.number(),
  /** null where the disk does not say. */
  freeBytes: z.number().nullable(),
})
export type ModelListingView = z.output<typeof modelListingSchema>
