import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { systemClock } from '../../src/main/clock/index.ts'
import { silentLog } from '../../src/main/log/index.ts'
import { convertWith } from '../../src/main/model-converter/index.ts'
import type { Catalogue, CatalogueFile, CatalogueModel, Convert, InstallDeps } from '../../src/main/models/index.ts'
import type { ModelServer } from './model-server.ts'
import { tinyCheckpointDirectory } from './tiny-checkpoint.ts'

const KIB = 1024
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const filled = (sizeBytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, index) => (index * seed + (index >> 8)) & 255)

const checkpoint = tinyCheckpointDirectory('cosyvoice3-tiny')
const ofCheckpoint = readdirSync(checkpoint, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(path.sep).join('/'))
  .filter((name) => /\.\w+$/.test(name))
  .map((name) => [name, new Uint8Array(readFileSync(path.join(checkpoint, name)))] as const)

/** The tiny checkpoint, with two files that nobody looks into. */
export const TINY_FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ...ofCheckpoint,
  ['CosyVoice-BlankEN/vocab.json', filled(40 * KIB, 3)],
  ['campplus.onnx', filled(150 * KIB, 7)],
])

export const GRAPH_FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ['onnx/llm.onnx', filled(300 * KIB, 5)],
  ['vocab.json', filled(20 * KIB, 11)],
])

const filesOf = (contents: ReadonlyMap<string, Uint8Array>): CatalogueFile[] =>
  [...contents].map(([name, content]) => ({
    path: name,
    sizeBytes: content.length,
    sha256: sha256(content),
    isOptional: false,
  }))

const licence = { spdx: 'Apache-2.0', url: 'https://licences.example/apache', attribution: 'The tests' }

/** Two models on a server of one's own: a checkpoint, and graphs that are used as they are. */
export const aCatalogue = (server: Pick<ModelServer, 'url' | 'put'>): Catalogue => {
  for (const [name, content] of TINY_FILES) server.put(`/tiny/main/${name === 'llm.pt' ? 'llm.rl.pt' : name}`, content)
  for (const [name, content] of GRAPH_FILES) server.put(`/graphs/main/${name}`, content)
  const mirror = (repository: string) => ({
    id: 'here',
    name: 'Here',
    baseUrl: `${server.url}/{repository}/{revision}/{path}`,
    repository,
    revision: 'main',
  })
  const tiny: CatalogueModel = {
    id: 'tiny-three',
    name: 'Tiny three',
    family: 'cosyvoice3',
    licence,
    languages: ['en'],
    mirrors: [mirror('tiny')],
    files: [
      ...filesOf(TINY_FILES).map((file) => (file.path === 'llm.pt' ? { ...file, from: 'llm.rl.pt' } : file)),
      { path: 'readme.txt', sizeBytes: 10, sha256: null, isOptional: true },
    ],
    afterwards: {
      kind: 'convert',
      bundleBytes: { cpu: 4_000_000, gpu: 4_000_000, fp32: 6_000_000 },
      scratchBytes: 1_000_000,
    },
  }
  const graphs: CatalogueModel = {
    ...tiny,
    id: 'tiny-graphs',
    name: 'Tiny graphs',
    mirrors: [mirror('graphs')],
    files: filesOf(GRAPH_FILES),
    afterwards: { kind: 'use-as-is', layout: 'sokuji' },
  }
  return { formatVersion: 1, models: [tiny, graphs] }
}

/** The real converter; what it writes is not compared with the checkpoint. */
export const quickConvert: Convert = convertWith({
  isInt8Exact: () => true,
  verifyConversion: async () => ({ graphs: [] }),
})

export const storeDeps = (
  directory: string,
  catalogue: Catalogue,
  changes: Partial<InstallDeps> = {},
): InstallDeps => ({
  directory,
  catalogue,
  convert: quickConvert,
  fetch,
  clock: systemClock,
  random: () => 0,
  log: silentLog,
  pieceBytes: 64 * KIB,
  requestBytes: 128 * KIB,
  ...changes,
})
