import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import type { Connection } from '../../../shared/endpoint/index.ts'
import { voiceIdSchema } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import type { RenderNote } from '../engine.ts'
import { conformanceRequest } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

/** A copy of a recording, as the service calls it. */
const COPY = 'cosyvoice-v3-flash-mine-0001'

const spoken = async (model: string, speaker: string, language: string) => {
  await using server = await startDashscopeServer(systemClock)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model, transport: 'websocket', workspaceId: null },
  }
  const setup = aRemoteSetup(
    connection,
    { baseUrl: server.url, key: DASHSCOPE_KEY },
    { remoteVoice: ({ source }) => (source.kind === 'presetSpeaker' ? source.speaker : COPY) },
  )
  await using opened = openRemoteEngine(setup, {
    ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
  })
  const voice = opened.presetVoices.find(({ name }) => name === speaker) ?? {
    voiceId: voiceIdSchema.parse('voice_mine'),
    source: { kind: 'promptAudio' as const, audioSha256: '0'.repeat(64), promptText: '' },
  }
  const notes: RenderNote[] = []
  const request = conformanceRequest(opened, {
    ...{ text: '你好。', language, voice: { voiceId: voice.voiceId, source: voice.source } },
  })
  let samples = 0
  const job = {
    ...{ signal: new AbortController().signal, progress: () => undefined },
    note: (note: RenderNote) => notes.push(note),
  }
  for await (const pcm of opened.render(request, job)) samples += pcm.length
  expect(server.complaints).toEqual([])
  expect(notes.filter(({ kind }) => kind === 'warning')).toEqual([])
  return { samples, hints: server.tasks.map(({ parameters }) => parameters.language_hints) }
}

test.each([
  ['cosyvoice-v3-flash', 'longanyue_v3', 'yue', ['zh']],
  ['cosyvoice-v3-flash', 'longanmin_v3', 'nan', ['zh']],
  ['cosyvoice-v3-flash', COPY, 'yue', undefined],
  ['cosyvoice-v2', 'loongtomoka_v2', 'ja', undefined],
] as const)('%s speaks with %s in %s, its own language', async (model, speaker, language, hints) => {
  const { samples, hints: found } = await spoken(model, speaker, language)
  expect([samples > 0, found]).toEqual([true, [hints]])
})

test('a language that neither the model nor the voice has is refused before anything is sent', async () => {
  await expect(spoken('cosyvoice-v2', 'loongtomoka_v2', 'ko')).rejects.toMatchObject({
    code: 'engine.unsupported-language',
  })
})
