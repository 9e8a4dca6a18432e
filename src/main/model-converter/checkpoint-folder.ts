import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { type Checkpoint, openCheckpoint } from '../checkpoint/index.ts'
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

/** Where a file lies that the official repositories keep either beside the networks or in the folder of the tokenizer. */
export const findInFolder = async (directory: string, file: string): Promise<string | undefined> => {
  for (const candidate of [file, `${QWEN_FOLDER}/${file}`])
    if ((await stat(path.join(directory, candidate)).catch(() => undefined))?.isFile()) return candidate
  return undefined
}

const missingFile = (directory: string, file: string): AppError =>
  new AppError('checkpoint.missing-file', {
    params: { file, folder: directory },
    remedies: ['download-again', 'choose-another-folder'],
  })

const readConfig = async (directory: string) => {
  const file = await findInFolder(directory, 'config.json')
  const text = await readFile(path.join(directory, CONFIG_FILE), 'utf8').catch(() => undefined)
  if (file === undefined || text === undefined) throw missingFile(directory, CONFIG_FILE)
  const unreadable = (reason: string, cause?: unknown): AppError =>
    new AppError('checkpoint.unreadable', {
      params: { file: CONFIG_FILE, reason },
      remedies: ['download-again'],
      cause,
    })
  try {
    const parsed = qwenConfigSchema.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
    throw unreadable(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  } catch (error) {
    throw error instanceof AppError ? error : unreadable('it is not JSON', error)
  }
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
  const flow = readFlowNetwork(readTensors(await open('flow.pt')))
  const vocoder = readHiftTensors(readTensors(await open('hift.pt')))
  if (llm.architecture !== flow.architecture || vocoder.isCausal !== (llm.architecture === 'cosyvoice3'))
    throw new AppError('checkpoint.unknown-architecture', {
      params: { reason: 'its parts come from different versions of CosyVoice' },
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

type HashJob = { signal: AbortSignal; onBytes(bytes: number): void }

/** @throws AppCancel */
export const hashSource = async (
  directory: string,
  file: string,
  { signal, onBytes }: HashJob,
): Promise<BundleSource> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of createReadStream(path.join(directory, file), { highWaterMark: 2 ** 20 })) {
    if (signal.aborted) throw new AppCancel()
    if (!(chunk instanceof Buffer)) continue
    hash.update(chunk)
    sizeBytes += chunk.byteLength
    onBytes(chunk.byteLength)
  }
  return { file, sizeBytes, sha256: hash.digest('hex') }
}
