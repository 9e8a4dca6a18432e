import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aCatalogue, storeDeps } from '../../../test/support/a-model-catalogue.ts'
import { onlyHandlers } from '../../../test/support/contract-handlers.ts'
import { startModelServer } from '../../../test/support/model-server.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import type { WireJobMessage } from '../../shared/contract/index.ts'
import type { GrantId } from '../../shared/kernel/index.ts'
import { silentLog } from '../log/index.ts'
import { createModelStore } from '../models/index.ts'
import { modelHandlers } from './model-handlers.ts'
import { serveContract } from './serve-contract.ts'

const graphs = { catalogueId: 'tiny-graphs', precision: 'cpu', mirror: null, acceptedLicence: 'Apache-2.0' }

/** The contract over a real store and a real server. */
const aRoom = async () => {
  const folder = temporaryFolder()
  const server = await startModelServer()
  const directory = path.join(folder.directory, 'models')
  const emitted: unknown[] = []
  const granted: string[] = []
  let chosen: string | null = null
  const asked: unknown[][] = []
  const letGo: { id: string; wasThere: boolean }[] = []
  const choose = async (...question: unknown[]): Promise<string | null> => {
    asked.push(question)
    return chosen
  }
  const contract = serveContract({
    handlers: onlyHandlers(
      modelHandlers({
        models: { ...createModelStore(storeDeps(directory, aCatalogue(server))), directory: () => directory },
        letGoOfModel: async (id) => {
          letGo.push({ id, wasThere: existsSync(path.join(directory, id)) })
        },
        emit: (...event) => emitted.push(event),
        chooseFolder: (startFolder) => choose('folder', startFolder),
        choosePack: () => choose('pack'),
        choosePackTarget: (name) => choose('target', name),
        grants: {
          give: (file) => `grant_${granted.push(file) - 1}` as GrantId,
          pathOf: (grantId) => granted[Number(grantId.replace('grant_', ''))] ?? '',
        },
      }),
    ),
    broadcast: () => undefined,
    checksOutputs: true,
    nowEpochMs: Date.now,
    log: silentLog,
  })
  return {
    server,
    emitted,
    asked,
    letGo,
    file: (...names: string[]) => path.join(folder.directory, ...names),
    choosing: (file: string | null) => {
      chosen = file
    },
    call: (channel: string, input?: unknown) => contract.call({ channel, input }),
    /** Runs a job to its end. @returns all that it said */
    job: async (channel: string, input: unknown, onProgress: (cancel: () => void) => void = () => undefined) => {
      const jobId = 'job_1'
      const messages: WireJobMessage[] = []
      await new Promise<void>((resolve, reject) => {
        const hear = (message: WireJobMessage): void => {
          messages.push(message)
          if (message.kind === 'progress') onProgress(() => contract.cancel({ jobId }))
          else resolve()
        }
        contract.start({ channel, input, jobId }, hear).then((answer) => answer.ok || reject(answer.error), reject)
      })
      return messages
    },
    [Symbol.asyncDispose]: async () => {
      await contract.close()
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

test('models can be kept in a folder of the person’s choice', async () => {
  await using room = await aRoom()
  expect(await room.call('model.choose-directory')).toEqual({ ok: true, output: null })
  room.choosing(room.file())
  expect(await room.call('model.choose-directory')).toEqual({ ok: true, output: { directory: room.file() } })
  writeFileSync(room.file('notes.txt'), 'mine')
  expect(await room.call('model.choose-directory')).toEqual({
    ok: true,
    output: { directory: room.file('Cosy Studio models') },
  })
  expect(room.asked).toEqual(Array(3).fill(['folder', room.file('models')]))
})

test('a model is listed, installed, packed, removed and brought back; every change is told', async () => {
  await using room = await aRoom()
  expect(await room.call('model.list')).toMatchObject({
    ok: true,
    output: {
      directory: room.file('models'),
      installed: [],
      unfinishedBytes: 0,
      freeBytes: expect.any(Number),
      available: [
        {
          catalogueId: 'tiny-three',
          isConverted: true,
          installedIds: [],
          mirrors: [{ id: 'here', name: 'Here', host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }],
        },
        { catalogueId: 'tiny-graphs', isConverted: false, fileCount: 2, downloadBytes: 320 * 1024, downloadedBytes: 0 },
      ],
    },
  })
  const installing = await room.job('model.install', graphs)
  expect(installing[0]).toMatchObject({ kind: 'progress', progress: { stage: 'download', part: null } })
  expect(installing.at(-1)).toMatchObject({ kind: 'done', output: { id: 'tiny-graphs' } })

  expect(await room.call('model.choose-pack-target', { id: 'tiny-graphs' })).toEqual({ ok: true, output: null })
  expect(room.asked).toEqual([['target', 'tiny-graphs.cosymodel']])
  room.choosing(room.file('mine.cosymodel'))
  expect(await room.call('model.choose-pack-target', { id: 'tiny-graphs' })).toEqual({
    ok: true,
    output: { grantId: 'grant_0', name: 'mine.cosymodel' },
  })
  const packing = await room.job('model.export-pack', { id: 'tiny-graphs', grantId: 'grant_0' })
  expect(packing.at(-1)).toMatchObject({ kind: 'done', output: { path: room.file('mine.cosymodel') } })
  expect(await room.call('model.remove', { id: 'tiny-graphs' })).toMatchObject({ ok: true })

  expect(await room.call('model.choose-source', { kind: 'pack' })).toMatchObject({ output: { grantId: 'grant_1' } })
  const importing = await room.job('model.import', { grantId: 'grant_1', precision: 'cpu' })
  expect(importing.at(-1)).toMatchObject({ kind: 'done', output: { id: 'tiny-graphs' } })
  writeFileSync(room.file('models', 'tiny-graphs', 'vocab.json'), 'damaged')
  expect(await room.call('model.list')).toMatchObject({
    output: { installed: [{ id: 'tiny-graphs', problem: { code: 'model.corrupt', params: { file: 'vocab.json' } } }] },
  })
  const repairing = await room.job('model.repair', { id: 'tiny-graphs', mirror: { id: 'here' } })
  expect(repairing.at(-1)).toMatchObject({ kind: 'done', output: { repairedFiles: 1 } })
  expect(room.emitted).toEqual(Array(4).fill(['model.changed', {}]))
  // Before it went, and before it was repaired, whoever spoke with it was asked to close it.
  expect(room.letGo).toEqual(Array(2).fill({ id: 'tiny-graphs', wasThere: true }))
})

test('a folder is asked for as such', async () => {
  await using room = await aRoom()
  room.choosing(room.file('drive'))
  expect(await room.call('model.choose-source', { kind: 'folder' })).toMatchObject({ output: { name: 'drive' } })
  expect(room.asked).toEqual([['folder', null]])
})

test('what a cancelled download has left is told, listed and thrown away', async () => {
  await using room = await aRoom()
  room.server.put('/graphs/main/onnx/llm.onnx', new Uint8Array(300 * 1024), { hangsAfterBytes: 150_000 })
  const messages = await room.job('model.install', graphs, (cancel) => cancel())
  expect(messages.at(-1)).toMatchObject({ kind: 'cancelled' })
  expect(room.emitted).toEqual([['model.changed', {}]])
  const { output } = (await room.call('model.list')) as { output: { unfinishedBytes: number } }
  expect(output.unfinishedBytes).toBeGreaterThan(0)
  expect(await room.call('model.remove-unfinished')).toEqual({
    ok: true,
    output: { removedBytes: output.unfinishedBytes },
  })
})

test('a licence that was not accepted is refused, and a model that is not there too', async () => {
  await using room = await aRoom()
  const messages = await room.job('model.install', { ...graphs, acceptedLicence: 'MIT' })
  expect(messages).toMatchObject([{ kind: 'failed', error: { code: 'model.licence-not-accepted' } }])
  expect(room.server.requests).toEqual([])
  expect(await room.call('model.remove', { id: 'nothing' })).toMatchObject({ error: { code: 'model.not-found' } })
  expect(await room.call('model.remove', { id: '../models' })).toMatchObject({
    error: { code: 'contract.invalid-input' },
  })
})
