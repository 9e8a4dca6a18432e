import { createHash } from 'node:crypto'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openTokenizer } from '../../src/main/cosyvoice/index.ts'
import { BUNDLE_TABLES, COPIED_FILES, MANIFEST_FILE, openBundle } from '../../src/main/model-bundle/index.ts'
import { linear } from '../../src/main/networks/index.ts'
import { buildGraph, writeGraph } from '../../src/main/onnx/index.ts'
import { someNumbers, tensorOf } from './run-graph.ts'

/** A model in a folder that a test may harm, and make whole again. */
export type HarmedModel = {
  readonly directory: string
  fileOf(name: string): string
  /** Changes what is in a file, not its size. */
  change(name: string, harm: (bytes: Buffer) => void): void
  remove(): void
  /** All files as they were. */
  repair(): void
}

/** @param original stays as it is */
export const harmedModel = (original: string, directory: string): HarmedModel => {
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  const repair = (): void => {
    remove()
    cpSync(original, directory, { recursive: true })
  }
  repair()
  const fileOf = (name: string): string => path.join(directory, name)
  return {
    ...{ directory, fileOf, remove, repair },
    change: (name, harm) => {
      const bytes = readFileSync(fileOf(name))
      harm(bytes)
      writeFileSync(fileOf(name), bytes)
    },
  }
}

/** Turns every bit of a stretch in the middle. */
export const flipBytes = (bytes: Buffer): void => {
  const from = Math.floor(bytes.length / 3)
  for (let at = from; at < from + 200; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff
}

/** Turns the highest bit of the exponent of every float32: small numbers become huge. */
export const flipExponents = (bytes: Buffer): void => {
  for (let at = 3; at < bytes.length; at += 4) bytes[at] = (bytes[at] ?? 0) ^ 0x40
}

export const fillWithNaN = (bytes: Buffer): void => {
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeFloatLE(Number.NaN, at)
}

/** Makes the rows of tokens that this text has, and the others have not, no numbers. */
export const forgetWords = async (model: HarmedModel, text: string, others: readonly string[]): Promise<void> => {
  const { manifest } = await openBundle(model.directory)
  const { architecture, llm } = manifest.model
  const [vocabulary, merges] = COPIED_FILES.tokenizer
  const tokenizer = await openTokenizer({
    vocabFile: model.fileOf(vocabulary),
    mergesFile: model.fileOf(merges),
    architecture,
  })
  const idsOf = (words: string): number[] => tokenizer.encode(words, { marks: 'sounds' })
  const known = new Set(others.flatMap(idsOf))
  const own = idsOf(text).filter((id) => !known.has(id))
  if (own.length === 0) throw new Error(`${text} has no words of its own`)
  model.change(BUNDLE_TABLES.text, (bytes) => {
    const rowBytes = bytes.length / llm.textVocabularySize
    // All bits set are NaN in every kind of float.
    for (const id of own) bytes.fill(0xff, id * rowBytes, (id + 1) * rowBytes)
  })
}

const HUGE = 4096
/** What the weights of the large network take. */
export const LARGE_NETWORK_MB = (HUGE * HUGE * 4) / 2 ** 20

/** Gives the model a speaker network of 64 megabytes, which is opened for each new voice and closed again. */
export const withLargeSpeakerNetwork = async ({ directory, fileOf }: HarmedModel): Promise<void> => {
  const name = COPIED_FILES.speakerNetwork
  const graph = buildGraph(path.basename(name, '.onnx'), (g) => {
    const heard = g.op('ReduceMean', [g.input('input', 'float32', [1, 'frames', 80])], { axes: [1], keepdims: 0 })
    const layer = (label: string, from: typeof heard, rows: number, width: number, values: Float32Array) =>
      linear(g, label, from, { weight: tensorOf([rows, width], values) }, 'float32')
    const speaker = layer('speaker', heard, 192, 80, someNumbers(192 * 80, 41))
    const wide = layer('wide', heard, HUGE, 80, new Float32Array(HUGE * 80))
    const idle = layer('idle', wide, HUGE, HUGE, new Float32Array(HUGE * HUGE))
    const nothing = g.op('ReduceMean', [idle], { axes: [1], keepdims: 1 })
    g.output('output', g.op('Add', [speaker, nothing]), 'float32', [1, 192])
  })
  await writeGraph(graph, directory, {}, { signal: new AbortController().signal, onBytes: () => undefined })
  const manifest = JSON.parse(readFileSync(fileOf(MANIFEST_FILE), 'utf8'))
  const listed = manifest.files.find((file: { path: string }) => file.path === name)
  listed.sizeBytes = statSync(fileOf(name)).size
  listed.sha256 = createHash('sha256')
    .update(readFileSync(fileOf(name)))
    .digest('hex')
  writeFileSync(fileOf(MANIFEST_FILE), JSON.stringify(manifest))
}
