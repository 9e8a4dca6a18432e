import type { Stats } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, ifAbsent, writeDurably } from '../disk/index.ts'
import { type BundleFile, bundleFileSchema } from '../model-bundle/index.ts'
import type { ConversionPlan, ConversionStep } from './conversion-plan.ts'
import { CONVERTER_VERSION } from './converter-version.ts'

export const PROGRESS_FILE = 'progress.json'
/** What a verification needs for a while. Files of bundles never begin with a dot. */
export const SCRATCH_FOLDER = '.verification'

const progressSchema = z.object({
  converterVersion: z.string(),
  fingerprint: z.string(),
  steps: z.array(z.object({ id: z.string(), files: z.array(bundleFileSchema) })),
})
type Progress = z.output<typeof progressSchema>
type FinishedStep = Progress['steps'][number]

/** Files of each finished step, by its id. */
export type FinishedSteps = Map<string, readonly BundleFile[]>

/** Neither a folder of ours nor a free place: it stays as it is. */
export const occupied = (folder: string): AppError =>
  new AppError('model.output-exists', { params: { folder }, remedies: ['choose-another-folder'] })

/**
 * What an earlier conversion has left in `<out>.partial`. Of what is there, only the files of finished steps of the same
 * plan remain; the rest is removed.
 * @throws AppError `model.output-exists` where the place is taken by something that no converter has put there
 */
export const resumePartial = async (directory: string, plan: ConversionPlan): Promise<FinishedSteps> => {
  const progress = await readProgress(directory)
  if (progress === undefined) return new Map()
  const isSamePlan = progress.fingerprint === plan.fingerprint && progress.converterVersion === CONVERTER_VERSION
  const finished: FinishedSteps = new Map()
  for (const step of isSamePlan ? plan.steps : []) {
    const recorded = progress.steps.find(({ id }) => id === step.id)
    if (recorded && (await isWhole(directory, step, recorded))) finished.set(step.id, recorded.files)
  }
  const kept = [...finished.values()].flat().map((file) => path.join(directory, file.path))
  await removeOthers(directory, new Set([...kept, path.join(directory, PROGRESS_FILE)]))
  return finished
}

/** Remembers durably which steps are finished; makes the folder on the first call. */
export const recordProgress = async (
  directory: string,
  { fingerprint }: ConversionPlan,
  finished: FinishedSteps,
): Promise<void> => {
  const steps = [...finished].map(([id, files]) => ({ id, files: [...files] }))
  const progress: Progress = { converterVersion: CONVERTER_VERSION, fingerprint, steps }
  await mkdir(directory, { recursive: true })
  await writeDurably(path.join(directory, PROGRESS_FILE), `${JSON.stringify(progress, null, 2)}\n`)
}

const readProgress = async (directory: string): Promise<Progress | undefined> => {
  const found = await statOf(directory)
  if (found === undefined) return undefined
  if (!found.isDirectory()) throw occupied(directory)
  let text: string
  try {
    text = await readFile(path.join(directory, PROGRESS_FILE), 'utf8')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    // Killed before the first word was written.
    const strangers = (await readdir(directory)).filter((name) => name !== `${PROGRESS_FILE}.new`)
    if (strangers.length > 0) throw occupied(directory)
    return undefined
  }
  const progress = progressSchema.safeParse(parseJson(text))
  if (!progress.success) throw occupied(directory)
  return progress.data
}

/** @returns undefined for what is no JSON, which no schema of ours accepts */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isWhole = async (directory: string, step: ConversionStep, recorded: FinishedStep): Promise<boolean> => {
  const names = recorded.files.map((file) => file.path)
  if (names.length !== step.files.length || !step.files.every((file) => names.includes(file))) return false
  for (const file of recorded.files) {
    const found = await statOf(path.join(directory, file.path))
    if (!found?.isFile() || found.size !== file.sizeBytes) return false
  }
  return true
}

const removeOthers = async (directory: string, kept: ReadonlySet<string>): Promise<void> => {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name)
    if (kept.has(file)) continue
    if (!entry.isDirectory()) await rm(file)
    else if ([...kept].some((one) => one.startsWith(file + path.sep))) await removeOthers(file, kept)
    else await rm(file, { recursive: true })
  }
}

/** Never through a link: what lies behind one is not ours. */
const statOf = (file: string): Promise<Stats | undefined> => lstat(file).catch(ifAbsent(undefined))
