import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { aLibrary, type TestLibrary } from '../../../test/support/a-library.ts'
import { aProject } from '../../../test/support/a-project.ts'
import { promptRecording } from '../../../test/support/a-voice.ts'
import { withoutWriting } from '../../../test/support/test-disk.ts'
import type { VoiceId } from '../../shared/kernel/index.ts'
import { recordsOfProject } from '../../shared/project/index.ts'
import type { NewVoice } from '../../shared/voice/index.ts'
import { createProject } from '../library/index.ts'
import { openStudioVoices } from './voices-of-studio.ts'

const said: NewVoice = { name: 'Lin', promptText: 'Hello.', language: 'en', gender: 'female', notes: '' }

const openRoom = (library: TestLibrary = aLibrary()) => {
  const changed: VoiceId[] = []
  const logged: string[] = []
  const folder = path.join(library.directory, 'voices')
  return {
    ...library,
    directory: library.directory,
    library: library.library,
    folder,
    changed,
    logged,
    recording: (name = 'a.wav', durationSec = 3) =>
      promptRecording(path.join(library.directory, name), { durationSec }).file,
    files: () => (existsSync(folder) ? readdirSync(folder) : []),
    voices: openStudioVoices({
      library: library.library,
      log: (_level, message) => logged.push(message),
      onChanged: (voiceIds) => changed.push(...voiceIds),
    }),
    [Symbol.dispose]: () => library[Symbol.dispose](),
  }
}

test('a voice is its row and its recording, and goes with both', async () => {
  using room = openRoom()
  const { voice, report } = await room.voices.create(room.recording(), said)
  expect(report.problem).toBeNull()
  expect(room.voices.list()).toEqual([voice])
  if (voice.source.kind !== 'promptAudio') throw new Error('a recorded voice')
  expect(room.files()).toEqual([path.basename(room.voices.pathOf(voice.source.audioSha256))])
  await room.voices.change(voice.voiceId, { ...said, name: 'Lin Wan' })
  expect(room.voices.list().map(({ name }) => name)).toEqual(['Lin Wan'])
  await room.voices.delete(voice.voiceId)
  expect(room.voices.list()).toEqual([])
  expect(room.files()).toEqual([])
  expect(room.changed).toEqual([voice.voiceId, voice.voiceId, voice.voiceId])
})

test('two voices of one recording share its file until the last of them goes', async () => {
  using room = openRoom()
  const file = room.recording()
  const [{ voice: first }, { voice: second }] = await Promise.all([
    room.voices.create(file, said),
    room.voices.create(file, { ...said, name: 'Twin' }),
  ])
  expect(room.files()).toHaveLength(1)
  await room.voices.delete(first.voiceId)
  expect(room.files()).toHaveLength(1)
  await room.voices.delete(second.voiceId)
  expect(room.files()).toEqual([])
})

test('a recording that is added while its last voice is deleted is there in the end, whichever came first', async () => {
  using room = openRoom()
  const file = room.recording('short.wav', 0.5)
  let { voice } = await room.voices.create(file, said)
  for (let round = 0; round < 60; round++) {
    const startedAtMs = performance.now()
    const created = room.voices.create(file, said)
    // A little later each time, so that every step of creating is met.
    while (performance.now() - startedAtMs < round / 10) await setImmediate()
    await room.voices.delete(voice.voiceId)
    voice = (await created).voice
    expect(room.voices.list()).toEqual([voice])
    expect(room.files(), `round ${round}`).toHaveLength(1)
  }
})

test('what is refused changes nothing, and the next one is served', async () => {
  using room = openRoom()
  await expect(room.voices.create(room.recording('b.wav', 0.2), said)).rejects.toMatchObject({
    code: 'voice.prompt-too-short',
  })
  await expect(room.voices.delete('voice_nobody' as VoiceId)).rejects.toMatchObject({ code: 'voice.not-found' })
  expect([room.voices.list(), room.files(), room.changed]).toEqual([[], [], []])
  await room.voices.create(room.recording(), said)
  expect(room.files()).toHaveLength(1)
})

test('a voice that is cast keeps its recording', async () => {
  using room = openRoom()
  const { voice } = await room.voices.create(room.recording(), said)
  const cast = recordsOfProject(aProject({ lines: 1 })).map((record) =>
    record.kind === 'character' ? { ...record, direction: { ...record.direction, voiceId: voice.voiceId } } : record,
  )
  createProject(room.library.db, cast)
  expect(room.voices.casts()).toEqual(new Map([[voice.voiceId, 1]]))
  await expect(room.voices.delete(voice.voiceId)).rejects.toMatchObject({ code: 'voice.in-use', params: { count: 1 } })
  expect(room.files()).toHaveLength(1)
})

test('the sweep takes the recording that a crash left without a row, and no other', async () => {
  using room = openRoom()
  await room.voices.create(room.recording(), said)
  const kept = room.files()
  writeFileSync(path.join(room.folder, `${'0'.repeat(64)}.wav`), 'an orphan')
  await room.voices.sweep()
  expect(room.files()).toEqual(kept)
  expect(room.logged).toEqual([])
})

test('a disk that keeps an orphan does not keep the app from starting', async () => {
  using room = openRoom()
  await room.voices.create(room.recording(), said)
  writeFileSync(path.join(room.folder, `${'0'.repeat(64)}.wav`), 'an orphan')
  await withoutWriting({ directory: room.folder, [Symbol.dispose]: () => undefined }, () => room.voices.sweep())
  expect(room.logged).toEqual(['recordings of voices were not swept'])
  expect(room.files()).toHaveLength(2)
})
