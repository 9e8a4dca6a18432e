import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { CUDA_LIBRARIES, isCudaPlatform } from '../../cosyvoice/index.ts'
import { spawnOnNode, type WorkerEntry } from '../../worker-process/index.ts'
import { workerEnvironment } from './worker-environment.ts'

/** What a worker finds in its environment, by these names. */
const seenBy = (directory: string, cudaDirectory: string, entry: WorkerEntry): Promise<unknown> => {
  const names = ['ORT_DISABLE_TELEMETRY', 'MALLOC_TRIM_THRESHOLD_', 'LD_LIBRARY_PATH', 'PATH']
  const script = `process.send(${JSON.stringify(names)}.map((name) => process.env[name] ?? null), () => process.exit())`
  writeFileSync(path.join(directory, `${entry}.js`), script)
  const worker = spawnOnNode(directory, '.js', undefined, workerEnvironment(cudaDirectory))(entry)
  return new Promise((resolve) => worker.onMessage(resolve))
}

const { LD_LIBRARY_PATH: inherited, PATH: searched } = process.env

test('processes that compute send no telemetry, give memory back, and have what their owner has; others are not touched', async () => {
  using folder = temporaryFolder()
  const cudaDirectory = path.join(folder.directory, 'none')
  const seen = (entry: WorkerEntry) => seenBy(folder.directory, cudaDirectory, entry)
  expect(await seen('engine-worker')).toEqual(['1', '131072', inherited ?? null, searched])
  expect(await seen('model-worker')).toEqual(['1', '131072', inherited ?? null, searched])
  const own = process.env.ORT_DISABLE_TELEMETRY ?? null
  expect(await seen('export-worker')).toEqual([
    own,
    process.env.MALLOC_TRIM_THRESHOLD_ ?? null,
    inherited ?? null,
    searched,
  ])
})

test.skipIf(!isCudaPlatform())('the next process after an installation finds the libraries', async () => {
  using folder = temporaryFolder()
  const cudaDirectory = path.join(folder.directory, 'cuda')
  mkdirSync(cudaDirectory)
  const [first = '', ...others] = CUDA_LIBRARIES.files
  for (const file of others) writeFileSync(path.join(cudaDirectory, file), '')
  expect(await seenBy(folder.directory, cudaDirectory, 'engine-worker')).toEqual([
    '1',
    '131072',
    inherited ?? null,
    searched,
  ])

  writeFileSync(path.join(cudaDirectory, first), '')
  const searchedFirst = inherited ? `${cudaDirectory}:${inherited}` : cudaDirectory
  expect(await seenBy(folder.directory, cudaDirectory, 'engine-worker')).toEqual([
    '1',
    '131072',
    searchedFirst,
    searched,
  ])
  expect(await seenBy(folder.directory, cudaDirectory, 'playback-worker')).not.toContain(searchedFirst)
  const runtime = readlinkSync(path.join(cudaDirectory, 'libonnxruntime.so.1'))
  const found = path.resolve(import.meta.dirname, '../../../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64')
  expect(runtime).toBe(path.join(found, 'libonnxruntime.so.1'))
})
