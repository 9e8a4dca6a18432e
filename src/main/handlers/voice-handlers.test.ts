import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aLibrary } from '../../../test/support/a-library.ts'
import { promptRecording } from '../../../test/support/a-voice.ts'
import { onlyHandlers } from '../../../test/support/contract-handlers.ts'
import type { GrantId, VoiceId } from '../../shared/kernel/index.ts'
import { silentLog } from '../log/index.ts'
import { openStudioVoices } from '../studio/index.ts'
import { serveContract } from './serve-contract.ts'
import { voiceHandlers } from './voice-handlers.ts'

const GRANT = 'grant_1' as GrantId
const said = { name: ' Lin ', promptText: '', language: 'zh', gender: 'female' as const, notes: '' }

const aRoom = () => {
  const test = aLibrary()
  const emitted: unknown[] = []
  const { file } = promptRecording(path.join(test.directory, 'Lin.wav'))
  const server = serveContract({
    handlers: onlyHandlers(
      voiceHandlers({
        voices: openStudioVoices({ library: test.library, log: silentLog, onChanged: () => undefined }),
        emit: (channel, payload) => emitted.push({ channel, payload }),
        chooseRecording: async () => file,
        grants: { give: () => GRANT, pathOf: () => file },
      }),
    ),
    broadcast: () => undefined,
    checksOutputs: true,
    nowEpochMs: () => 0,
    log: silentLog,
  })
  const call = (channel: string, input?: unknown) => server.call({ channel, input })
  return { call, emitted, directory: test.directory, [Symbol.dispose]: () => test[Symbol.dispose]() }
}

test('a recording is chosen, listened to, made a voice, changed and deleted; every change is told', async () => {
  using room = aRoom()
  expect(await room.call('voice.choose-recording')).toEqual({ ok: true, output: { grantId: GRANT, name: 'Lin.wav' } })
  expect(await room.call('voice.inspect-recording', { grantId: GRANT })).toMatchObject({
    ok: true,
    output: { durationSec: 3, problem: null },
  })
  const created = await room.call('voice.create', { ...said, grantId: GRANT })
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  const { voiceId } = created.output as { voiceId: VoiceId }
  expect(await room.call('voice.change', { ...said, voiceId, name: 'Lin Wan' })).toMatchObject({ ok: true })
  expect(await room.call('voice.delete', { voiceId })).toMatchObject({ ok: true })
  expect(room.emitted).toEqual(Array(3).fill({ channel: 'voice.changed', payload: { voiceIds: [voiceId] } }))
  expect(await room.call('voice.delete', { voiceId })).toMatchObject({ ok: false, error: { code: 'voice.not-found' } })
  expect(room.emitted).toHaveLength(3)
})

test('a voice without a name is refused before anything is kept', async () => {
  using room = aRoom()
  const answer = await room.call('voice.create', { ...said, name: '   ', grantId: GRANT })
  expect(answer).toMatchObject({ ok: false, error: { code: 'contract.invalid-input' } })
  expect(existsSync(path.join(room.directory, 'voices'))).toBe(false)
  expect(room.emitted).toEqual([])
})
