import { z } from 'zod'
import { bundlePrecisionSchema } from '../model-bundle/index.ts'
import type { FetchedPackage, PackageRequest } from './fetch-package.ts'
import type { InstallProgress } from './install-model.ts'

/** Which store: everything a worker needs to know of its owner's. */
const storeSchema = z.object({
  /** Folder of all models. */
  directory: z.string(),
  catalogueFile: z.string(),
})
const mirrorSchema = z.union([z.object({ id: z.string() }), z.object({ baseUrl: z.string() })]).nullable()

export const installInputSchema = storeSchema.extend({
  modelId: z.string(),
  precision: bundlePrecisionSchema.nullable(),
  mirror: mirrorSchema,
  acceptedLicence: z.string().nullable(),
  keepsDownload: z.boolean(),
})
export type InstallInput = z.output<typeof installInputSchema>

export const importInputSchema = storeSchema.extend({
  /** Absolute. */
  source: z.string(),
  precision: bundlePrecisionSchema.nullable(),
})
export type ImportInput = z.output<typeof importInputSchema>

export const exportPackInputSchema = storeSchema.extend({
  id: z.string(),
  /** Absolute. */
  file: z.string(),
})
export type ExportPackInput = z.output<typeof exportPackInputSchema>

export const repairInputSchema = storeSchema.extend({ id: z.string(), mirror: mirrorSchema })
export type RepairInput = z.output<typeof repairInputSchema>

/** Whether it may ask the network; it may until it is told otherwise. */
export const offlineInputSchema = z.object({ isOffline: z.boolean() })

export const packageInputSchema: z.ZodType<PackageRequest> = z.object({
  url: z.url(),
  /** Absolute. */
  file: z.string(),
  name: z.string(),
  sizeBytes: z.int().positive().nullable(),
  sha256: z.string().nullable(),
})
export const fetchedPackageSchema: z.ZodType<FetchedPackage> = z.object({
  sha256: z.string(),
  sizeBytes: z.int().positive(),
})

/** Names and sizes of what is installed are for the owner to read: it has the same disk. */
export const installedOutputSchema = z.object({ id: z.string() })
export const repairedOutputSchema = z.object({ id: z.string(), damaged: z.array(z.string()) })

const progressSchema: z.ZodType<InstallProgress> = z.object({
  stage: z.enum(['download', 'verify', 'convert', 'copy']),
  doneBytes: z.number(),
  totalBytes: z.number(),
  part: z.exactOptional(z.string()),
  fraction: z.number(),
})

/** What the worker says while it works. */
export const modelItemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: progressSchema }),
  z.object({
    kind: z.literal('log'),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    facts: z.exactOptional(z.record(z.string(), z.unknown())),
  }),
])
export type ModelItem = z.output<typeof modelItemSchema>
