import { z } from 'zod'
import { modelDescriptionSchema } from './model-description.ts'

export const BUNDLE_FORMAT_VERSION = 1
/** Describes a bundle and makes it one: a folder without it is no model. Written last. */
export const MANIFEST_FILE = 'bundle.json'
/** Figures of the verification, beside the manifest; absent where nobody asked for them. */
export const REPORT_FILE = 'report.json'

const sizeBytesSchema = z.int().nonnegative()
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

/** Portable names alone: nothing hidden, no drive, no way up. */
const isPortablePath = (file: string): boolean =>
  file.split('/').every((segment) => /^\w[\w.-]*$/.test(segment) && !segment.endsWith('.'))

/** A file of a bundle, relative to its folder and '/'-separated. It cannot leave the folder. */
export const bundlePathSchema = z
  .string()
  .refine(isPortablePath, 'names a place outside the folder, or has characters that not every system allows')
  .refine(
    (file): boolean => file !== MANIFEST_FILE && file !== REPORT_FILE,
    'is a name that bundles keep for themselves',
  )

export const bundleFileSchema = z.object({
  path: bundlePathSchema,
  /** The conversion step that wrote it: 'llm', 'flow-estimator', 'tokenizer' ... */
  part: z.string().min(1),
  sizeBytes: sizeBytesSchema,
  sha256: sha256Schema,
})
export type BundleFile = z.output<typeof bundleFileSchema>

export const bundlePrecisionSchema = z.enum(['cpu', 'gpu', 'fp32'])
/** `cpu` and `gpu`: quantised, in the forms that are fastest there. `fp32`: as the checkpoint is. */
export type BundlePrecision = z.output<typeof bundlePrecisionSchema>

/** A file of the checkpoint that the bundle was made from. */
const bundleSourceSchema = z.object({ file: z.string(), sizeBytes: sizeBytesSchema, sha256: sha256Schema })
export type BundleSource = z.output<typeof bundleSourceSchema>

const haveNamesOfTheirOwn = (files: readonly BundleFile[]): boolean =>
  new Set(files.map((file) => file.path.toLowerCase())).size === files.length

/** `bundle.json`. It holds no dates: the same checkpoint and the same options write the same bytes. */
export const bundleManifestSchema = z.object({
  formatVersion: z.literal(BUNDLE_FORMAT_VERSION),
  converterVersion: z.string().min(1),
  /** Names what the bundle was made from and how; equal ones, by the same converter, are equal bundles. */
  fingerprint: z.string().min(1),
  precision: bundlePrecisionSchema,
  model: modelDescriptionSchema,
  sources: z.array(bundleSourceSchema),
  /** Files of the official checkpoint that were not there and that the bundle could be made without. */
  missing: z.array(z.string()),
  files: z.array(bundleFileSchema).refine(haveNamesOfTheirOwn, 'two files have the same name'),
})
export type BundleManifest = z.output<typeof bundleManifestSchema>
