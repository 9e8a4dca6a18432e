import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import { bundlePathSchema, bundlePrecisionSchema } from '../model-bundle/index.ts'

const sizeBytesSchema = z.int().positive()
const precisionSizesSchema = z.record(bundlePrecisionSchema, sizeBytesSchema)

const catalogueFileSchema = z.object({
  /** Where it lies in the folder of the download. */
  path: bundlePathSchema,
  /** What mirrors call it, where that is another name. */
  from: z.exactOptional(bundlePathSchema),
  sizeBytes: sizeBytesSchema,
  /** Null where nobody has published one: such a file is known by its size alone. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** The model works without it: where it cannot be had, the rest is installed all the same. */
  isOptional: z.boolean(),
})
export type CatalogueFile = z.output<typeof catalogueFileSchema>

/** `http` is for servers on one's own network; what arrives is held against its checksum either way. */
const baseUrlSchema = z.string().refine((text) => /^https?:\/\/[^/]/.test(text), 'is no address of the web')

export const mirrorSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  /** Address of a file, with `{repository}`, `{revision}` and `{path}` to be filled in. */
  baseUrl: baseUrlSchema,
  repository: z.string(),
  revision: z.string(),
})
export type Mirror = z.output<typeof mirrorSchema>

const catalogueModelSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  name: z.string().min(1),
  family: z.enum(['cosyvoice2', 'cosyvoice3']),
  licence: z.object({
    /** SPDX identifier. */
    spdx: z.string().min(1),
    /** Where its owners say so. */
    url: z.url(),
    attribution: z.string().min(1),
  }),
  /** BCP 47. */
  languages: z.array(z.string()).min(1),
  /** In the order in which they are tried. */
  mirrors: z.array(mirrorSchema).min(1),
  files: z.array(catalogueFileSchema).min(1),
  afterwards: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('convert'),
      /** About what a bundle of each precision takes; where that depends on the machine, the larger. */
      bundleBytes: precisionSizesSchema,
      /** About what its comparison with the checkpoint needs for a while. */
      scratchBytes: sizeBytesSchema,
    }),
    z.object({ kind: z.literal('use-as-is'), layout: z.enum(['sokuji']) }),
  ]),
})
export type CatalogueModel = z.output<typeof catalogueModelSchema>

export const catalogueSchema = z.object({
  formatVersion: z.literal(1),
  models: z
    .array(catalogueModelSchema)
    .refine((models) => new Set(models.map(({ id }) => id)).size === models.length, 'two models have the same id'),
})
export type Catalogue = z.output<typeof catalogueSchema>

/**
 * The catalogue that comes with the app, `resources/models/catalogue.json`: sizes and checksums of the files at the
 * revisions named there.
 * @throws what the system or zod says: a broken catalogue is a broken app
 * @source huggingface.co FunAudioLLM/Fun-CosyVoice3-0.5B-2512, FunAudioLLM/CosyVoice2-0.5B, jiangzhuo9357/cosyvoice3-0.5b-onnx
 *   (cosyvoice-local.md 1.4, 2.2)
 */
export const loadCatalogue = async (file: string): Promise<Catalogue> =>
  catalogueSchema.parse(JSON.parse(await readFile(file, 'utf8')))

/**
 * A mirror of the catalogue by its id, which means nothing to models that are not there; or an address of one's own, filled
 * in as `Mirror.baseUrl`.
 */
export type MirrorChoice = { readonly id: string } | { readonly baseUrl: string }

/** Where a model may be had: what was chosen first, and then the others. An address without `{path}` is a folder. */
const mirrorsFor = ({ mirrors }: CatalogueModel, choice: MirrorChoice | undefined): Mirror[] => {
  if (choice === undefined) return [...mirrors]
  if ('id' in choice) return mirrors.toSorted((a, b) => Number(b.id === choice.id) - Number(a.id === choice.id))
  if (!isUsable(choice.baseUrl))
    throw new AppError('usage.invalid', {
      // Not the address itself: a password may be in it.
      params: { detail: 'an address to download from begins with http:// or https:// and names no user' },
      remedies: ['see-help'],
    })
  const [official] = mirrors
  const { repository = '', revision = '' } = official ?? {}
  return [{ id: 'custom', name: choice.baseUrl, baseUrl: choice.baseUrl, repository, revision }, ...mirrors]
}

/** Requests have no place for a name and a password in an address. */
const isUsable = (baseUrl: string): boolean =>
  baseUrlSchema.safeParse(baseUrl).success && URL.canParse(baseUrl) && new URL(baseUrl).username === ''

const encodePath = (file: string): string => file.split('/').map(encodeURIComponent).join('/')

const urlOf = ({ baseUrl, repository, revision }: Mirror, file: string): string => {
  const template = baseUrl.includes('{path}') ? baseUrl : `${baseUrl.replace(/\/+$/, '')}/{path}`
  return template
    .replaceAll('{repository}', encodePath(repository))
    .replaceAll('{revision}', encodePath(revision))
    .replaceAll('{path}', encodePath(file))
}

/** Addresses of a file, the preferred one first. @throws AppError `usage.invalid` for an address that is none */
export const urlsOf = (model: CatalogueModel, file: CatalogueFile, choice: MirrorChoice | undefined): string[] => [
  ...new Set(mirrorsFor(model, choice).map((mirror) => urlOf(mirror, file.from ?? file.path))),
]

/** What all files of a model take on the disk before anything is made of them. */
export const downloadBytes = ({ files }: CatalogueModel): number => files.reduce((sum, file) => sum + file.sizeBytes, 0)
