import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/kernel/index.ts'
import { isAbsent } from '../../disk/index.ts'
import { TENSOR_TYPES, type TensorType } from '../../onnx/index.ts'
import { corruptFile, otherExport, unreadable } from './community-errors.ts'
import { COMMUNITY_FILES, COMMUNITY_GRAPHS, type CommunityGraph, type CommunityGraphSpec } from './community-files.ts'
import { type GraphOutline, type GraphPort, NoGraphError, readGraphOutline } from './graph-outline.ts'

/** The list of its files that the app writes into the folder of a model that it downloaded. */
const DOWNLOADED_FILE = 'downloaded.json'
const downloadedSchema = z.object({
  files: z.array(z.object({ path: z.string(), sizeBytes: z.int().nonnegative(), sha256: z.string().nullable() })),
})
type KnownFile = { readonly path: string; readonly sizeBytes: number; readonly sha256: string | null }

export type CommunityFolder = {
  /** Absolute. */
  readonly directory: string
  readonly outlines: Readonly<Record<CommunityGraph, GraphOutline>>
  readonly promptFingerprint: string
}

const readDownloaded = async (directory: string): Promise<readonly KnownFile[] | undefined> => {
  const text = await readFile(path.join(directory, DOWNLOADED_FILE), 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return undefined
    throw unreadable(DOWNLOADED_FILE, error)
  })
  if (text === undefined) return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw corruptFile(DOWNLOADED_FILE, 'not-json', error)
  }
  const parsed = downloadedSchema.safeParse(json)
  if (!parsed.success) throw corruptFile(DOWNLOADED_FILE, 'not-as-written', parsed.error)
  return parsed.data.files
}

const sizeOf = async (directory: string, file: string): Promise<number | undefined> => {
  try {
    const found = await stat(path.join(directory, file))
    if (!found.isFile()) throw corruptFile(file, 'not-a-file')
    return found.size
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw unreadable(file, error)
  }
}

/** Files that the model needs, with the checksums that are known. @throws AppError model.not-found | model.corrupt */
const checkFiles = async (directory: string): Promise<readonly KnownFile[]> => {
  const sizes = await Promise.all(COMMUNITY_FILES.map((file) => sizeOf(directory, file)))
  if (sizes.every((size) => size === undefined))
    throw new AppError('model.not-found', { params: { folder: directory }, remedies: ['choose-another-folder'] })
  const downloaded = await readDownloaded(directory)
  return COMMUNITY_FILES.map((file, index) => {
    const sizeBytes = sizes[index]
    if (sizeBytes === undefined) throw corruptFile(file, 'not-there')
    const known = downloaded?.find(({ path: name }) => name === file)
    if (known && known.sizeBytes !== sizeBytes)
      throw corruptFile(file, 'size-differs', undefined, { foundBytes: sizeBytes, expectedBytes: known.sizeBytes })
    return { path: file, sizeBytes, sha256: known?.sha256 ?? null }
  })
}

const typeName = (id: number): string =>
  Object.entries(TENSOR_TYPES).find(([, type]) => type.id === id)?.[0] ?? `type ${id}`

const checkPorts = (
  file: string,
  side: 'input' | 'output',
  found: readonly GraphPort[],
  expected: Readonly<Record<string, TensorType>>,
): void => {
  for (const [name, type] of Object.entries(expected)) {
    const port = found.find((one) => one.name === name)
    if (!port) throw otherExport(file, `it has no ${side} called ${name}`)
    if (port.elementType !== TENSOR_TYPES[type].id)
      throw otherExport(file, `its ${side} ${name} is of ${typeName(port.elementType)}, not of ${type}`)
  }
}

const outlineOf = (directory: string, { file, inputs, outputs }: CommunityGraphSpec): GraphOutline => {
  let outline: GraphOutline
  try {
    outline = readGraphOutline(path.join(directory, file))
  } catch (error) {
    if (error instanceof NoGraphError) throw corruptFile(file, error.message, error)
    throw unreadable(file, error)
  }
  checkPorts(file, 'input', outline.inputs, inputs)
  checkPorts(file, 'output', outline.outputs, outputs)
  const unknown = outline.inputs.find(({ name }) => !Object.hasOwn(inputs, name))
  if (unknown) throw otherExport(file, `it wants an input called ${unknown.name}, which is not known`)
  return outline
}

const digestOf = (files: readonly KnownFile[]): string =>
  createHash('sha256')
    .update(JSON.stringify(files.map((file) => [file.path, file.sizeBytes, file.sha256])))
    .digest('hex')

/**
 * Looks whether a folder holds the complete community export: every file in the size it was downloaded with, every graph with
 * the inputs and outputs that it is used by. No graph is loaded.
 * @throws AppError model.not-found where nothing of it is there; model.corrupt, naming a file that is missing or damaged;
 *   model.graph-rejected, naming what a graph of another export lacks
 */
export const inspectCommunityModel = async (folder: string): Promise<CommunityFolder> => {
  const directory = path.resolve(folder)
  const files = await checkFiles(directory)
  const outline = (graph: CommunityGraph): GraphOutline => outlineOf(directory, COMMUNITY_GRAPHS[graph])
  const listeners: readonly string[] = [COMMUNITY_GRAPHS.speaker.file, COMMUNITY_GRAPHS.speechTokenizer.file]
  return {
    directory,
    outlines: {
      textEmbedding: outline('textEmbedding'),
      llmInitial: outline('llmInitial'),
      llmDecode: outline('llmDecode'),
      llmHead: outline('llmHead'),
      speechEmbedding: outline('speechEmbedding'),
      flowEmbedding: outline('flowEmbedding'),
      speakerProjection: outline('speakerProjection'),
      preLookahead: outline('preLookahead'),
      estimator: outline('estimator'),
      pitch: outline('pitch'),
      source: outline('source'),
      vocoder: outline('vocoder'),
      speaker: outline('speaker'),
      speechTokenizer: outline('speechTokenizer'),
    },
    promptFingerprint: digestOf(files.filter(({ path: file }) => listeners.includes(file))),
  }
}
