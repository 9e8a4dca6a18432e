import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { ifAbsent, isAbsent, writeBeside } from '../../disk/index.ts'
import { decodeFeatures, encodeFeatures } from './feature-file.ts'
import type { PromptFeatures } from './prompt-features.ts'
import type { PromptAudio } from './trim-silence.ts'

/** Names features by all that they are made of, 64 hex digits. */
export type FeatureKey = string & { readonly brand: 'feature key' }

/** To be raised when the same audio and model give other features. */
const FEATURES_VERSION = 1

/** @param model tells the networks apart, by a digest of the two files and the architecture, and how recordings are prepared for them */
export const featureKey = ({ pcm, sampleRateHz }: PromptAudio, model: string): FeatureKey => {
  const rest = JSON.stringify([FEATURES_VERSION, model, sampleRateHz])
  const samples = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
  return createHash('sha256').update(`${rest}\n`).update(samples).digest('hex') as FeatureKey
}

/** Features of voices on disk. All of it can be made again, so it is never a reason for a line not to be spoken. */
export interface FeatureCache {
  /** Undefined where there are none, or none that can be read; why goes to `onProblem`. */
  find(key: FeatureKey): Promise<PromptFeatures | undefined>
  /** Replaces what is there, then removes what was used longest ago. @throws what the system says; nothing is left behind */
  put(key: FeatureKey, features: PromptFeatures): Promise<void>
  /** Forgets a voice, e.g. because it was deleted. @throws what the system says */
  remove(key: FeatureKey): Promise<void>
  /** Features of the key, made and kept where they were not; a disk that refuses them goes to `onProblem`. @throws what `make` throws */
  findOrMake(key: FeatureKey, make: () => Promise<PromptFeatures>): Promise<PromptFeatures>
}

type FeatureCacheOptions = {
  /** Told of damaged files and of a disk that refuses something, for the log. */
  readonly onProblem: (error: unknown) => void
  /** What all files together may take; 30 seconds of a voice are half a megabyte. */
  readonly maxSizeBytes?: number
  readonly nowMs?: () => number
}

const MAX_SIZE_BYTES = 256 * 1024 * 1024
/** What is still unfinished after that belongs to a process that ended. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000

const FINISHED = /^[0-9a-f]{64}\.features$/
const UNFINISHED = /^[0-9a-f]{64}\.features\.[0-9a-f-]{36}\.new$/

type StoredFile = {
  readonly file: string
  readonly name: string
  readonly sizeBytes: number
  readonly usedAtMs: number
}

const storedFiles = async (directory: string): Promise<StoredFile[]> => {
  const found: StoredFile[] = []
  for (const name of await readdir(directory)) {
    if (!FINISHED.test(name) && !UNFINISHED.test(name)) continue
    const file = path.join(directory, name)
    // Another process may have removed or renamed it since.
    const stats = await stat(file).catch(ifAbsent(undefined))
    if (stats) found.push({ file, name, sizeBytes: stats.size, usedAtMs: stats.mtimeMs })
  }
  return found
}

/** @param directory made when the first features are kept */
export const openFeatureCache = (
  directory: string,
  { onProblem, maxSizeBytes = MAX_SIZE_BYTES, nowMs = Date.now }: FeatureCacheOptions,
): FeatureCache => {
  const fileOf = (key: FeatureKey): string => path.join(directory, `${key}.features`)

  /** The time of the last change stands for the last use: the time of access is not kept by every disk. */
  const markUsed = (file: string): Promise<void> => {
    const now = new Date(nowMs())
    return utimes(file, now, now)
  }

  const removeSurplus = async (newest: string): Promise<void> => {
    const stored = await storedFiles(directory)
    const finished = stored.filter(({ name }) => FINISHED.test(name)).sort((a, b) => a.usedAtMs - b.usedAtMs)
    let sizeBytes = finished.reduce((sum, each) => sum + each.sizeBytes, 0)
    for (const { file, sizeBytes: freed } of finished) {
      if (sizeBytes <= maxSizeBytes) break
      if (file === newest) continue
      await rm(file, { force: true })
      sizeBytes -= freed
    }
    for (const { file, name, usedAtMs } of stored)
      if (UNFINISHED.test(name) && usedAtMs < nowMs() - ABANDONED_AFTER_MS) await rm(file, { force: true })
  }

  const find: FeatureCache['find'] = async (key) => {
    const file = fileOf(key)
    try {
      const features = decodeFeatures(key, await readFile(file))
      await markUsed(file).catch(onProblem)
      return features
    } catch (error) {
      if (!isAbsent(error)) onProblem(new Error(`features ${key} cannot be used`, { cause: error }))
      return undefined
    }
  }

  const put: FeatureCache['put'] = async (key, features) => {
    const file = fileOf(key)
    await mkdir(directory, { recursive: true })
    await writeBeside(file, (handle) => handle.writeFile(encodeFeatures(key, features)))
    await markUsed(file)
    await removeSurplus(file)
  }

  return {
    find,
    put,
    remove: (key) => rm(fileOf(key), { force: true }),
    findOrMake: async (key, make) => {
      const found = await find(key)
      if (found) return found
      const made = await make()
      await put(key, made).catch(onProblem)
      return made
    },
  }
}
