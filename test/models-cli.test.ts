import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Catalogue } from '../src/main/models/index.ts'
import { aCatalogue, GRAPH_FILES, sha256 } from './support/a-model-catalogue.ts'
import { interruptCli } from './support/interrupt-cli.ts'
import { type ModelServer, startModelServer } from './support/model-server.ts'
import { type CliEvent, type CliRun, cliEvents, runCli } from './support/run-cli.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder } from './support/test-disk.ts'

const MIB = 1024 * 1024
const accepted = ['--accept-licence', 'Apache-2.0']

beforeAll(() => {
  if (!existsSync('out/main/cli.js')) throw new Error('build first: npm run build')
})

type Place = AsyncDisposable & {
  server: ModelServer
  at(...names: string[]): string
  args(...words: string[]): string[]
  run(...words: string[]): Promise<CliRun>
  events(...words: string[]): Promise<CliEvent[]>
}

/** A folder of models, and a catalogue of a server of one's own; the folder may be a small disk. */
const aPlace = async (
  { models = temporaryFolder() }: { models?: TestFolder } = {},
  change: (catalogue: Catalogue, server: ModelServer) => Catalogue = (catalogue) => catalogue,
): Promise<Place> => {
  const server = await startModelServer()
  const folder = temporaryFolder()
  const catalogueFile = path.join(folder.directory, 'catalogue.json')
  writeFileSync(catalogueFile, JSON.stringify(change(aCatalogue(server), server)))
  const args = (...words: string[]) => [
    'models',
    ...words,
    '--models',
    path.join(models.directory, 'models'),
    '--catalogue',
    catalogueFile,
  ]
  const run = (...words: string[]) => runCli(args(...words))
  return {
    server,
    at: (...names) => path.join(folder.directory, ...names),
    args,
    run,
    events: async (...words) => cliEvents(await run(...words, '--json')),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      models[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

const sentBytes = ({ requests }: ModelServer): number => requests.reduce((sum, one) => sum + one.sentBytes, 0)

describe('cosy models', () => {
  test('shows the licence and the size first, and downloads nothing', async () => {
    await using place = await aPlace()
    const { exitCode, stdout, stderr } = await place.run('install', 'tiny-three')
    expect(exitCode).toBe(2)
    expect(stdout.split('\n')).toEqual([
      'Tiny three by The tests',
      'Licence: Apache-2.0, see https://licences.example/apache',
      'From: Here',
      expect.stringMatching(/^Size: \d\.\d MB in \d+ files; \d\.\d MB are needed for a while, [\d.]+ [MG]B free$/),
      'If you accept the licence, add: --accept-licence Apache-2.0',
      '',
    ])
    expect(stderr).toBe('The model was not downloaded.\n  The licence of Tiny three has not been accepted.\n')
    expect((await place.run('install', 'tiny-three', '--accept-licence', 'MIT')).exitCode).toBe(2)
    expect(place.server.requests).toEqual([])
  })

  test('installs a model, lists it, packs it, removes it, takes it in again and repairs it', async () => {
    await using place = await aPlace()
    const installing = await place.events('install', 'tiny-three', '--precision', 'fp32', ...accepted)
    const stages = ['download-progress', 'verify-progress', 'convert-progress']
    expect([...new Set(installing.map(({ event }) => event))]).toEqual(expect.arrayContaining(stages))
    for (const stage of stages.slice(0, 2)) {
      const steps = installing.filter(({ event }) => event === stage)
      const done = steps.map((step) => Number(step.done))
      expect(done).toEqual(done.toSorted((a, b) => a - b))
      expect(new Set(steps.map(({ total }) => total)).size).toBe(1)
    }
    expect(installing).toContainEqual(
      expect.objectContaining({ event: 'warning', message: 'done without an optional file', file: 'readme.txt' }),
    )
    expect(installing.at(-1)).toMatchObject({
      event: 'installed',
      id: 'tiny-three-fp32',
      catalogueId: 'tiny-three',
      precision: 'fp32',
      problem: null,
    })
    const directory = String(installing.at(-1)?.directory)
    expect((await runCli(['model', 'check', directory])).exitCode).toBe(0)

    const { stdout: list } = await place.run('list')
    expect(list).toMatch(/^ {2}tiny-three-fp32 {2}Tiny three {2}fp32 {2}\d\.\d MB$/m)
    expect(list).toMatch(/^ {2}tiny-graphs {2}Tiny graphs {2}0\.3 MB to download {2}Apache-2\.0 {2}en$/m)
    const [disk] = await place.events('disk')
    expect(disk).toMatchObject({ event: 'disk', unfinishedBytes: 0, models: [{ id: 'tiny-three-fp32' }] })

    const pack = place.at('tiny.cosymodel')
    expect(await place.events('export', 'tiny-three-fp32', pack)).toContainEqual({
      event: 'exported',
      id: 'tiny-three-fp32',
      file: pack,
      sizeBytes: statSync(pack).size,
    })
    expect((await place.run('remove', 'tiny-three-fp32')).stdout).toMatch(/^Removed: tiny-three-fp32, \d\.\d MB\n$/)
    expect(existsSync(directory)).toBe(false)
    expect((await place.events('import', pack)).at(-1)).toMatchObject({ event: 'imported', id: 'tiny-three-fp32' })

    expect((await place.run('repair', 'tiny-three-fp32')).stdout).toBe(
      'Every file of tiny-three-fp32 is as it should be.\n',
    )
    writeFileSync(path.join(directory, 'vocab.json'), 'damaged')
    expect((await place.run('list')).stdout).toContain(
      'damaged (vocab.json); mend it with: cosy models repair tiny-three-fp32',
    )
    expect((await place.run('repair', 'tiny-three-fp32')).stdout).toMatch(
      /\nRepaired: tiny-three-fp32 \(vocab\.json\)\n$/,
    )
    expect((await place.run('clean')).stdout).toBe('There was nothing unfinished.\n')
  })

  test('names of models and mirrors that do not exist, and a catalogue that is none, are wrong usage', async () => {
    await using place = await aPlace()
    writeFileSync(place.at('broken.json'), '{"formatVersion": 1}')
    const runs = await Promise.all([
      place.run('install', 'tiny-four', ...accepted),
      place.run('install', 'tiny-three', ...accepted, '--mirror', 'nowhere'),
      place.run('install', 'tiny-three', ...accepted, '--mirror', 'http://me:secret@host/'),
      runCli(['models', 'list', '--models', place.at('models'), '--catalogue', place.at('broken.json')]),
      place.run('install'),
    ])
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2, 2])
    expect(runs[0]?.stderr).toContain('there is no model “tiny-four”; there are tiny-three, tiny-graphs')
    expect(runs[1]?.stderr).toContain('there is no mirror “nowhere”; there are here, and addresses of your own')
    expect(runs[2]?.stderr).not.toContain('secret')
    expect(runs[3]?.stderr).toContain('broken.json is no catalogue of models')
    expect(place.server.requests).toEqual([])
  })

  test('a model that is not there is said', async () => {
    await using place = await aPlace()
    for (const words of [
      ['remove', 'x'],
      ['repair', 'x'],
      ['export', 'x', place.at('x.cosymodel')],
      ['import', 'x'],
    ]) {
      const { exitCode, stderr } = await place.run(...words)
      expect(exitCode, words.join(' ')).toBe(1)
      expect(stderr).toContain('holds no finished model')
    }
  })
})

describe('a mirror that lies', () => {
  const lie = (content: Uint8Array): Uint8Array => content.map((byte) => byte ^ 1)

  test('is found out, and another one is asked', async () => {
    await using place = await aPlace()
    await using liar = await startModelServer()
    for (const [name, content] of GRAPH_FILES) liar.put(`/${name}`, lie(content))
    const { exitCode, stderr } = await place.run('install', 'tiny-graphs', ...accepted, '--mirror', liar.url)
    expect(exitCode, stderr).toBe(0)
    expect(sentBytes(liar)).toBe(320 * 1024)
    const [model] = (await place.events('list')).filter(({ event }) => event === 'installed-model')
    expect(model).toMatchObject({ id: 'tiny-graphs', problem: null })
    expect((await place.events('repair', 'tiny-graphs')).at(-1)).toMatchObject({ event: 'repaired', damaged: [] })
  })

  test('and no other one: nothing is kept of it', async () => {
    await using place = await aPlace()
    const content = GRAPH_FILES.get('vocab.json') ?? new Uint8Array()
    place.server.put('/graphs/main/vocab.json', lie(content))
    const { exitCode, stderr } = await place.run('install', 'tiny-graphs', ...accepted)
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      'The model was not downloaded.\n  Every copy of vocab.json that could be had differs from the published one. What was received has been thrown away.\n  → Try again\n',
    )
    expect((await place.events('list')).filter(({ event }) => event === 'installed-model')).toEqual([])
    place.server.put('/graphs/main/vocab.json', content)
    expect((await place.run('install', 'tiny-graphs', ...accepted)).exitCode).toBe(0)
  })
})

describe('a download that is ended in the middle', () => {
  const big = new Uint8Array(20 * MIB).map((_, index) => (index * 31 + (index >> 12)) & 255)
  const bigName = '/graphs/main/onnx/big.onnx'
  const aBigPlace = () =>
    aPlace({}, (catalogue, server) => {
      // One piece comes, and the others are waited for.
      server.put(bigName, big, { gathers: 100 })
      const files = [{ path: 'onnx/big.onnx', sizeBytes: big.length, sha256: sha256(big), isOptional: false }]
      const [, graphs] = catalogue.models
      return { ...catalogue, models: graphs ? [{ ...graphs, files }] : [] }
    })
  const isPast = (event: CliEvent): boolean => event.event === 'download-progress' && Number(event.done) >= 8 * MIB

  test.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
    ['SIGTERM', 130],
  ] as const)('by %s is carried on with', async (signal, exitCode) => {
    await using place = await aBigPlace()
    const install = place.args('install', 'tiny-graphs', ...accepted)
    const ended = await interruptCli(install, isPast, signal)
    expect(ended).toMatchObject({ exitCode, stderr: '' })
    expect(ended.events.map(({ event }) => event)).not.toContain('error')
    expect(ended.events.filter(({ event }) => event === 'cancelled')).toHaveLength(exitCode === null ? 0 : 1)
    const [offer] = (await place.events('list')).filter(({ event }) => event === 'available-model')
    const downloadedBytes = Number(offer?.downloadedBytes)
    expect(downloadedBytes).toBe(8 * MIB)
    expect((await place.run('list')).stdout).toContain(`${(downloadedBytes / 1e6).toFixed(1)} MB of 21.0 MB downloaded`)

    place.server.put(bigName, big)
    place.server.requests.length = 0
    const events = cliEvents(await runCli([...install, '--json']))
    expect(events.at(-1)).toMatchObject({ event: 'installed', id: 'tiny-graphs' })
    expect(sentBytes(place.server)).toBe(big.length - downloadedBytes)
    const directory = String(events.at(-1)?.directory)
    expect(sha256(readFileSync(path.join(directory, 'onnx/big.onnx')))).toBe(sha256(big))
    expect(readdirSync(path.join(directory, '..', '.downloads'))).toEqual([])
  })

  test('says how to go on, and can be thrown away', async () => {
    await using place = await aBigPlace()
    const cancel = new AbortController()
    const run = runCli(place.args('install', 'tiny-graphs', ...accepted), { signal: cancel.signal })
    await expect.poll(() => sentBytes(place.server), { timeout: 15_000 }).toBeGreaterThanOrEqual(8 * MIB)
    const busy = await place.run('install', 'tiny-graphs', ...accepted)
    expect(busy.exitCode).toBe(1)
    expect(busy.stderr).toMatch(/^Nothing was done to the model\.\n {2}Something is at work on it already/)
    cancel.abort()
    expect(await run).toMatchObject({
      exitCode: 130,
      stdout:
        'Stopped. What is there is kept: the same command carries on from it, and “cosy models clean” throws it away.\n',
    })
    expect((await place.run('clean')).stdout).toMatch(/^Removed: \d+\.\d MB of unfinished work\n$/)
    expect((await place.events('disk'))[0]).toMatchObject({ unfinishedBytes: 0 })
  })
})

const cannotMount = noTestDiskReason()
test.skipIf(cannotMount)(`a disk without room is noticed first ${cannotMount ?? ''}`, async () => {
  await using place = await aPlace({ models: smallDisk(1200) })
  const { exitCode, stderr } = await place.run('install', 'tiny-graphs', ...accepted)
  expect(exitCode).toBe(1)
  expect(stderr).toBe(
    'The model was not written.\n  It needs 2 MB, and 1 MB are free.\n  → Choose another folder\n  → Free disk space\n',
  )
  expect(place.server.requests).toEqual([])
})
