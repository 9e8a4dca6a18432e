import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { isAbsent } from '../../disk/index.ts'
import { unreadable } from './community-errors.ts'

const VOICES_FOLDER = 'voices'
const MANIFEST_FILE = 'manifest.json'

/** A recording that comes with a model. */
type CommunityVoice = {
  readonly name: string
  /** Absolute; WAV. */
  readonly audioFile: string
  /** What is said in it. */
  readonly transcript: string
}

/** @source kizuna-ai-lab/sokuji scripts/cosyvoice3/build-cosyvoice3-repo.py */
const manifestSchema = z.array(z.looseObject({ name: z.string(), default: z.boolean().optional() }))

/** Names in the order of the manifest, the preset voice first; none where there is no manifest that can be understood. */
const listedNames = (text: string | undefined): string[] => {
  if (text === undefined) return []
  try {
    const entries = manifestSchema.parse(JSON.parse(text))
    return entries
      .toSorted((one, other) => Number(other.default ?? false) - Number(one.default ?? false))
      .map(({ name }) => name)
  } catch (error) {
    // It only orders what the folder holds anyway.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return []
    throw error
  }
}

/**
 * The recordings that lie in a model's folder with their transcripts, those that its manifest names in its order, then the
 * others by name. A recording without a transcript is none of them, since a voice needs both.
 * @throws AppError model.corrupt where a file cannot be read
 */
export const communityVoices = async (directory: string): Promise<readonly CommunityVoice[]> => {
  const folder = path.resolve(directory, VOICES_FOLDER)
  const read = (file: string): Promise<string | undefined> =>
    readFile(path.join(folder, file), 'utf8').catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw unreadable(`${VOICES_FOLDER}/${file}`, error)
    })
  const files = await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw unreadable(VOICES_FOLDER, error)
  })
  const recorded = files.filter((file) => file.endsWith('.wav')).map((file) => path.basename(file, '.wav'))
  const listed = listedNames(await read(MANIFEST_FILE)).filter((name) => recorded.includes(name))
  const voices: CommunityVoice[] = []
  for (const name of new Set([...listed, ...recorded.toSorted()])) {
    const transcript = (await read(`${name}.txt`))?.replace(/^\uFEFF/, '').trim()
    if (transcript) voices.push({ name, audioFile: path.join(folder, `${name}.wav`), transcript })
  }
  return voices
}
