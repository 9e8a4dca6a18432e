import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { AppCancel, AppError, type AppErrorParams } from '../../shared/kernel/index.ts'
import { type Checkpoint, openCheckpoint } from '../checkpoint/index.ts'
import { errnoOf, isAbsent } from '../disk/index.ts'
import type { BundleSource } from '../model-bundle/index.ts'
import {
  type FlowNetwork,
  type HiftTensors,
  type LlmTensors,
  qwenConfigSchema,
  readFlowNetwork,
  readHiftTensors,
  readLlmTensors,
  readTensors,
} from '../networks/index.ts'
import type { ConversionJob } from './conversion-plan.ts'

const QWEN_FOLDER = 'CosyVoice-BlankEN'
const CONFIG_FILE = `${QWEN_FOLDER}/config.json`

/** An official checkpoint as it was downloaded, its three networks recognised and their shapes checked. */
export interface CheckpointFolder extends AsyncDisposable {
  readonly directory: string
  readonly architecture: 'cosyvoice2' | 'cosyvoice3'
  readonly llmFile: Checkpoint
  readonly llm: LlmTensors
  readonly flow: FlowNetwork
  readonly vocoder: HiftTensors
  /** Files it was read from, relative to the folder. */
  readonly files: readonly string[]
}

const missingFile = (directory: string, file: string): AppError =>
  new AppError('checkpoint.missing-file', {
    params: { file, folder: directory },
    remedies: ['download-again', 'choose-another-folder'],
  })

const unreadable = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('checkpoint.unreadable', {
    params: { ...facts, file, reason },
    remedies: ['download-again', 'choose-another-folder'],
    cause,
  })

/** What the system says about a source; a fault of this program stays what it is. */
const toSourceError = (error: unknown, directory: string, file: string): unknown => {
  const reason = errnoOf(error)
  if (reason === undefined || reason.startsWith('ERR_')) return error
  return isAbsent(error) ? missingFile(directory, file) : unreadable(file, 'cannot-be-read', error, { detail: reason })
}

/**
 * Where a file lies that the official repositories keep either beside the networks or in the folder of the tokenizer.
 * @throws AppError checkpoint.unreadable
 */
export const findInFolder = async (directory: string, file: string): Promise<string | undefined> => {
  for (const candidate of [file, `${QWEN_FOLDER}/${file}`]) {
    const found = await stat(path.join(directory, candidate)).catch((error: unknown) => {
      if (!isAbsent(error)) throw toSourceError(error, directory, candidate)
      return undefined
    })
    if (found?.isFile()) return candidate
  }
  return undefined
}

/** Tells whether the last layers are missing, which their shapes cannot tell. */
const configSchema = qwenConfigSchema.extend({ num_hidden_layers: z.int().positive().optional() })

const readConfig = async (directory: string): Promise<z.output<typeof configSchema>> => {
  const text = await readFile(path.join(directory, CONFIG_FILE), 'utf8').catch((error: unknown) => {
    throw toSourceError(error, directory, CONFIG_FILE)
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw unreadable(CONFIG_FILE, 'not-json', error)
  }
  const parsed = configSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw unreadable(
    CONFIG_FILE,
    parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': ')).join('; '),
    parsed.error,
  )
}

/** Speech ids behind the codes that a language model says or hears: sos, eos, task, fill. @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py */
const SPECIAL_IDS = { cosyvoice2: 3, cosyvoice3: 4 } as const

type Parts = Pick<CheckpointFolder, 'llm' | 'flow' | 'vocoder'>

/** Each part alone may be sound and still not belong to the others. */
const whyApart = ({ llm, flow, vocoder }: Parts): string | undefined => {
  if (llm.architecture !== flow.architecture || vocoder.isCausal !== (llm.architecture === 'cosyvoice3'))
    return 'mixed-versions'
  if (llm.speechVocabularySize < flow.speechCodes + SPECIAL_IDS[llm.architecture])
    return `the language model knows ${llm.speechVocabularySize} speech tokens, and the flow has ${flow.speechCodes} codes`
  if (flow.melBins !== vocoder.melBins)
    return `the flow makes ${flow.melBins} mel bins, and the vocoder takes ${vocoder.melBins}`
  return undefined
}

/**
 * @throws AppError checkpoint.missing-file | checkpoint.unreadable | checkpoint.forbidden-code | checkpoint.missing-tensor |
 *   checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const openCheckpointFolder = async (directory: string): Promise<CheckpointFolder> => {
  await using stack = new AsyncDisposableStack()
  const open = async (file: string): Promise<Checkpoint> => stack.use(await openCheckpoint(path.join(directory, file)))
  const config = await readConfig(directory)
  const llmFile = await open('llm.pt')
  const llm = readLlmTensors(readTensors(llmFile), config)
  if (llm.layers.length < (config.num_hidden_layers ?? 0))
    throw new AppError('checkpoint.missing-tensor', {
      params: { file: llmFile.fileName, tensor: `llm.model.model.layers.${llm.layers.length}` },
      remedies: ['download-again', 'choose-another-folder'],
    })
  const flow = readFlowNetwork(readTensors(await open('flow.pt')))
  const vocoder = readHiftTensors(readTensors(await open('hift.pt')))
  const reason = whyApart({ llm, flow, vocoder })
  if (reason !== undefined)
    throw new AppError('checkpoint.unknown-architecture', {
      params: { reason },
      remedies: ['download-again', 'choose-another-folder'],
    })
  const opened = stack.move()
  return {
    directory,
    architecture: llm.architecture,
    llmFile,
    llm,
    flow,
    vocoder,
    files: ['llm.pt', 'flow.pt', 'hift.pt', CONFIG_FILE],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const READ_BYTES = 2 ** 20

/**
 * A file of the checkpoint, a megabyte at a time.
 * @throws AppError checkpoint.missing-file | checkpoint.unreadable. AppCancel
 */
export async function* readSource(directory: string, file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of createReadStream(path.join(directory, file), { highWaterMark: READ_BYTES })) {
      if (signal.aborted) throw new AppCancel()
      if (bytes instanceof Uint8Array) yield bytes
    }
  } catch (error) {
    throw toSourceError(error, directory, file)
  }
}

/** @throws AppError checkpoint.missing-file | checkpoint.unreadable */
export const sourceSizeBytes = async (directory: string, file: string): Promise<number> => {
  try {
    return (await stat(path.join(directory, file))).size
  } catch (error) {
    throw toSourceError(error, directory, file)
  }
}

/** @throws AppError checkpoint.missing-file | checkpoint.unreadable. AppCancel */
export const hashSource = async (
  directory: string,
  file: string,
  { signal, onBytes }: ConversionJob,
): Promise<BundleSource> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const bytes of readSource(directory, file, signal)) {
    hash.update(bytes)
    sizeBytes += bytes.byteLength
    onBytes(bytes.byteLength)
  }
  return { file, sizeBytes, sha256: hash.digest('hex') }
}
