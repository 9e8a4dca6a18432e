import { expect, test } from 'vitest'
import { aStudio } from '../../../test/support/a-studio.ts'
import { startDashscopeVoicesServer, VOICES_KEY } from '../../../test/support/dashscope-voices-server.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { remoteDraftSchema } from '../../shared/endpoint/index.ts'

const aDraft = (baseUrl: string) =>
  remoteDraftSchema.parse({
    engineId: null,
    engine: {
      name: 'Far',
      connection: {
        ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-plus', transport: 'websocket', workspaceId: null },
      },
      members: [{ memberId: 'member_a', baseUrl, concurrency: 2, requestsPerSecond: null, isDraining: false }],
      ...{ price: null, monthlyLimit: null, voices: [] },
    },
    keys: { member_a: VOICES_KEY },
  })
const said = {
  gender: 'male',
  description: '沉稳的中年男声，适合旁白。',
  previewText: '夜色渐深。',
  language: 'zh',
} as const
const noJob = { signal: new AbortController().signal, progress: () => undefined, item: () => undefined }

test('a voice made from words is removed at its endpoint and from the library; others stay, and what a service has for all', async () => {
  await using server = await startDashscopeVoicesServer()
  server.statesOfNew = ['OK']
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const engineId = studio.remote.save(aDraft(server.url), { mayKeepKeysInFile: true })
  const ofEngine = () =>
    studio.listVoices().filter(({ source }) => source.kind === 'presetSpeaker' && source.engineId === engineId)
  const before = ofEngine()
  const kept = await studio.twins.design(engineId, { ...said, name: 'Kept' }, noJob)
  const { voiceId } = await studio.twins.design(engineId, { ...said, name: 'Dropped' }, noJob)
  expect(ofEngine()).toHaveLength(before.length + 2)
  await studio.twins.discard(voiceId)
  expect(ofEngine().map((voice) => voice.name)).toEqual(expect.arrayContaining(['Kept']))
  expect(ofEngine()).toHaveLength(before.length + 1)
  expect(studio.remote.get(engineId).voices.map(({ name }) => name)).toEqual(['Kept'])
  expect(server.count('delete_voice')).toBe(1)
  await expect(studio.twins.discard(voiceId)).rejects.toMatchObject({ code: 'voice.not-found' })
  const [everybodys] = before
  if (everybodys)
    await expect(studio.twins.discard(everybodys.voiceId)).rejects.toMatchObject({ code: 'engine.unsupported-voice' })
  expect(studio.listVoices().some((voice) => voice.voiceId === kept.voiceId)).toBe(true)
})

test('a voice that a project casts stays', async () => {
  await using server = await startDashscopeVoicesServer()
  server.statesOfNew = ['OK']
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const engineId = studio.remote.save(aDraft(server.url), { mayKeepKeysInFile: true })
  const { voiceId } = await studio.twins.design(engineId, { ...said, name: 'Cast' }, noJob)
  const projectId = studio.createProject('Book', 'Narrator')
  const { settings } = studio.project(projectId)
  studio.edit(projectId, { put: [{ ...settings, direction: { ...settings.direction, voiceId } }], remove: [] }, 'test')
  await expect(studio.twins.discard(voiceId)).rejects.toMatchObject({ code: 'voice.in-use', params: { count: 1 } })
  expect(server.count('delete_voice')).toBe(0)
})
