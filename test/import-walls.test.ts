import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const src = path.join(root, 'src')

/** Which rooms a room may import; the drawing of docs/architecture.md as data. `shared/*` is open to every process. */
const MAIN_EDGES: Readonly<Record<string, readonly string[]>> = {
  disk: [],
  'worker-process': [],
  log: [],
  clock: [],
  remote: ['clock'],
  'speech-clients': ['remote', 'clock'],
  settings: ['disk', 'log'],
  secrets: ['disk', 'log'],
  library: ['disk'],
  'take-store': ['disk'],
  'script-import': ['disk'],
  engines: [
    'disk',
    'worker-process',
    'cosyvoice',
    'model-bundle',
    'audio-file',
    'log',
    'clock',
    'remote',
    'speech-clients',
  ],
  checkpoint: ['disk'],
  onnx: ['disk'],
  networks: ['checkpoint', 'onnx'],
  'model-bundle': ['disk'],
  cosyvoice: ['disk', 'onnx', 'model-bundle'],
  'model-converter': ['disk', 'checkpoint', 'onnx', 'networks', 'model-bundle', 'cosyvoice'],
  models: ['disk', 'clock', 'model-bundle', 'model-converter', 'worker-process', 'log'],
  'voice-store': ['disk', 'audio-file', 'export', 'log'],
  'render-queue': ['engines', 'library', 'take-store', 'log'],
  ffmpeg: [],
  'audio-file': ['ffmpeg'],
  export: ['disk', 'worker-process', 'take-store', 'ffmpeg'],
  playback: ['worker-process', 'take-store'],
  studio: [
    'audio-file',
    'clock',
    'remote',
    'secrets',
    'disk',
    'engines',
    'voice-store',
    'library',
    'take-store',
    'render-queue',
    'script-import',
    'export',
    'log',
    'worker-process',
    'models',
  ],
  handlers: [
    'disk',
    'studio',
    'models',
    'library',
    'take-store',
    'render-queue',
    'script-import',
    'export',
    'playback',
    'settings',
    'log',
  ],
  shell: ['secrets', 'handlers', 'log', 'worker-process', 'settings'],
  cli: [
    'secrets',
    'disk',
    'studio',
    'library',
    'engines',
    'script-import',
    'export',
    'render-queue',
    'log',
    'settings',
    'worker-process',
    'playback',
    'model-bundle',
    'model-converter',
    'cosyvoice',
    'audio-file',
    'models',
    'voice-store',
  ],
}
const SHARED_EDGES: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  voice: ['kernel'],
  script: ['kernel'],
  i18n: ['kernel'],
  actions: ['kernel', 'i18n'],
  audio: ['kernel'],
  device: ['kernel'],
  endpoint: ['kernel', 'voice', 'render'],
  model: ['kernel'],
  settings: ['kernel', 'audio', 'device', 'model'],
  project: ['kernel', 'script', 'voice'],
  render: ['kernel', 'project', 'voice'],
  timeline: ['kernel', 'project', 'render', 'audio'],
  contract: ['kernel', 'project', 'script', 'voice', 'render', 'audio', 'settings', 'device', 'model', 'endpoint'],
}
const SHARED_PACKAGES = ['zod', '@noble/hashes', 'fractional-indexing', 'intl-messageformat']
/** Packages with a native part, a large body or an untidy API: one file knows each. */
const ONE_FILE_PACKAGES = [
  'better-sqlite3',
  'node-av',
  'naudiodon',
  '@echogarden/espeak-ng-emscripten',
  'lindera-wasm-nodejs-ipadic',
  'chardet',
  'mdast-util-from-markdown',
  'onnxruntime-node',
  'protobufjs',
  'intl-messageformat',
  'fractional-indexing',
  'ws',
  'eventsource-parser',
  '@rgrove/parse-xml',
]

type Import = { from: string; specifier: string }

const sourceFiles = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => file.split(path.sep).join('/'))

const importsOf = (file: string): Import[] => {
  const text = readFileSync(path.join(src, file), 'utf8')
  const found = [
    ...text.matchAll(/^(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]/gm),
    ...text.matchAll(/^import\s+['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g),
  ]
  return found.map(([, specifier = '']) => ({ from: file, specifier }))
}
const imports = sourceFiles.flatMap(importsOf)
const isRelative = (specifier: string): boolean => specifier.startsWith('.')
const targetOf = ({ from, specifier }: Import): string => path.posix.join(path.posix.dirname(from), specifier)
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
/** `main/library`, `shared/kernel`, `renderer`, or the file itself for those that stand directly in src/main. */
const roomOf = (file: string): string => {
  const [top = '', room = ''] = file.split('/')
  return top === 'main' || top === 'shared' ? `${top}/${room}` : top
}
const describe = (found: Import): string => `${found.from} imports ${found.specifier}`

const mayImport = (from: string, to: string): boolean => {
  const [fromTop = '', fromRoom = ''] = from.split('/')
  const [toTop = '', toRoom = ''] = to.split('/')
  if (from === to) return true
  if (fromTop === 'shared') return toTop === 'shared' && (SHARED_EDGES[fromRoom]?.includes(toRoom) ?? false)
  if (fromTop === 'renderer') return toTop === 'shared'
  if (fromTop === 'preload') return to === 'shared/contract'
  if (toTop === 'shared') return true
  return toTop === 'main' && (fromRoom === 'index.ts' || (MAIN_EDGES[fromRoom]?.includes(toRoom) ?? false))
}

test('every import edge between rooms is one that the floor plan draws', () => {
  expect(imports.length).toBeGreaterThan(100)
  const crossing = imports
    .filter(({ specifier }) => isRelative(specifier))
    .filter((found) => !mayImport(roomOf(found.from), roomOf(targetOf(found))))
  expect(crossing.map(describe)).toEqual([])
})

test('other rooms are entered by their front door', () => {
  const sideDoors = imports.filter((found) => {
    if (!isRelative(found.specifier)) return false
    const to = roomOf(targetOf(found))
    const isFrontDoor = targetOf(found) === `${to}/index.ts`
    // A sandboxed preload must stay small: it takes the channel names alone, and types, not the table with its schemas.
    const isPreloadWire = found.from.startsWith('preload/') && targetOf(found).startsWith('shared/contract/wire')
    return to !== roomOf(found.from) && !isFrontDoor && !isPreloadWire
  })
  expect(sideDoors.map(describe)).toEqual([])
})

test('the edges have no cycle', () => {
  for (const edges of [MAIN_EDGES, SHARED_EDGES]) {
    const visit = (room: string, path: readonly string[]): void => {
      expect(path, `cycle through ${room}`).not.toContain(room)
      for (const next of edges[room] ?? []) visit(next, [...path, room])
    }
    for (const room of Object.keys(edges)) visit(room, [])
  }
})

test('electron is known to shell and preload alone', () => {
  const strangers = imports.filter(
    ({ from, specifier }) => packageOf(specifier) === 'electron' && !/^(main\/shell\/|preload\/)/.test(from),
  )
  expect(strangers.map(describe)).toEqual([])
})

test('shared code imports pure packages only', () => {
  const foreign = imports.filter(
    ({ from, specifier }) =>
      from.startsWith('shared/') && !isRelative(specifier) && !SHARED_PACKAGES.includes(packageOf(specifier)),
  )
  expect(foreign.map(describe)).toEqual([])
})

test('the window imports nothing of Node', () => {
  const node = imports.filter(({ from, specifier }) => from.startsWith('renderer/') && specifier.startsWith('node:'))
  expect(node.map(describe)).toEqual([])
})

test('each heavy package is imported by one file', () => {
  for (const name of ONE_FILE_PACKAGES) {
    const users = new Set(imports.filter(({ specifier }) => packageOf(specifier) === name).map(({ from }) => from))
    expect([...users].slice(1), name).toEqual([])
  }
})

test('no room is called utils, helpers, common, misc or services', () => {
  const vague = sourceFiles.filter((file) => /(^|\/)(utils?|helpers?|common|misc|services?)(\/|\.tsx?$)/.test(file))
  expect(vague).toEqual([])
})
