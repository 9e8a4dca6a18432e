import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { remoteEngineSchema } from '../../shared/endpoint/index.ts'
import { memberIdSchema } from '../../shared/kernel/index.ts'
import { silentLog } from '../log/index.ts'
import { listMemberPaces, putMemberPace } from './member-paces.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { openLibrary } from './open-library.ts'
import { deleteRemoteEngine, listRemoteEngines, putRemoteEngine } from './remote-engines.ts'

const memberId = memberIdSchema.parse('member_a')
const engine = remoteEngineSchema.parse({
  ...{ engineId: 'far', name: 'Far', createdAtEpochMs: 0, price: null, monthlyLimit: null, voices: [] },
  connection: { kind: 'eas', transport: 'rest' },
  members: [{ memberId, baseUrl: 'http://127.0.0.1:9', concurrency: 1, requestsPerSecond: null, isDraining: false }],
})

test('a library from before remembers paces of the engines that it has, until they go', () => {
  using folder = temporaryFolder()
  const open = (count: number) =>
    openLibrary(
      { directory: folder.directory, nowEpochMs: () => 0, log: silentLog, mint: () => '1' },
      MIGRATIONS.slice(0, count),
    )
  const before = open(4)
  putRemoteEngine(before.db, engine)
  before.close()
  const { db, close } = open(5)
  expect([listRemoteEngines(db), listMemberPaces(db, engine.engineId)]).toEqual([[engine], []])
  const pace = { memberId, engineId: engine.engineId, unit: 'characters', msPerUnit: 12.5 } as const
  putMemberPace(db, pace)
  putMemberPace(db, { ...pace, msPerUnit: 10 })
  expect(listMemberPaces(db, engine.engineId)).toEqual([{ ...pace, msPerUnit: 10 }])
  deleteRemoteEngine(db, engine.engineId)
  expect(listMemberPaces(db, engine.engineId)).toEqual([])
  close()
})
