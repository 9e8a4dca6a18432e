import { z } from 'zod'

/** The libraries that CUDA and TensorRT need beside those of NVIDIA, as the app fetches them. */
export const cudaOfferSchema = z.object({
  packageName: z.string(),
  licence: z.object({ spdx: z.string(), url: z.string() }),
  /** Where they are downloaded from. */
  host: z.string(),
  /** For people: what the package is, and a download of one's own to compare with. */
  page: z.string(),
  /** null where nobody knows before the server says. */
  sizeBytes: z.number().nullable(),
  /** The package is on this computer, and nothing was taken out of it yet. */
  isDownloaded: z.boolean(),
  isInstalled: z.boolean(),
})
export type CudaOffer = z.output<typeof cudaOfferSchema>

/** In hex. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/i)

/** A package that was downloaded. */
export const fetchedCudaSchema = z.object({
  sha256: sha256Schema,
  sizeBytes: z.number(),
  /** Whether it is the very file that the app knows; otherwise a person says whether the hash is right. */
  isKnown: z.boolean(),
})
export type FetchedCuda = z.output<typeof fetchedCudaSchema>
