import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aVoice } from '../../../test/support/a-project.ts'
import { aStudio } from '../../../test/support/a-studio.ts'
import { scriptedEngine } from '../../../test/support/scripted-engine.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { type RemoteDraft, remoteDraftSchema } from '../../shared/endpoint/index.ts'
import { type EngineId, memberIdSchema, type ProjectId } from '../../shared/kernel/index.ts'
import { INHERIT, orderedLines, type ProjectRecord } from '../../shared/project/index.ts'
import { conformanceRequest } from '../engines/engine-conformance.ts'
import { putVoices } from '../library/index.ts'
import type { Studio } from './studio.ts'

const KEY = 'sk-0123456789abcdef'
const RATE_HZ = 24_000
/** A second of a tone. */
const WAV = (() => {
  const bytes = Buffer.alloc(44 + 2 * RATE_HZ)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + 2 * RATE_HZ, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(RATE_HZ, 24)
  bytes.writeUInt32LE(2 * RATE_HZ, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(2 * RATE_HZ, 40)
  for (let i = 0; i < RATE_HZ; i++) bytes.writeInt16LE(Math.round(8000 * Math.sin(i / 10)), 44 + 2 * i)
  return bytes
})()

/** An OpenAI-like server that says the same to everything. */
const aServer = async () => {
  const asked: { authorization: string | undefined; input: string }[] = []
  const server = createServer((request, answer) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (request.url?.endsWith('/models'))
        return answer.writeHead(200).end(JSON.stringify({ data: [{ id: 'm' }, { id: 'm-large' }] }))
      if (request.method === 'GET') return answer.writeHead(200).end(JSON.stringify({ voices: ['anna', 'otto'] }))
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as { input: string }
      asked.push({ authorization: request.headers.authorization, input: body.input })
      answer.writeHead(200, { 'content-type': 'audio/wav', 'content-length': WAV.length }).end(WAV)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
const aDraft = (baseUrl: string, changes: Partial<RemoteDraft['engine']> = {}): RemoteDraft =>
  remoteDraftSchema.parse({
    engineId: null,
    engine: {
      name: 'Far',
      connection: { kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: RATE_HZ, takesInstructions: false },
      members: [{ memberId: 'member_a', baseUrl, concurrency: 2, requestsPerSecond: null, isDraining: false }],
      price: { amount: 1, currency: 'CNY', per: 10, unit: 'code-points' },
      monthlyLimit: null,
      voices: [{ remoteVoice: 'anna', name: 'Anna', language: 'zh', gender: 'female' }],
      ...changes,
    },
    keys: { member_a: KEY },
  })
const save = (studio: Studio, draft: RemoteDraft): EngineId => studio.remote.save(draft, { mayKeepKeysInFile: true })
/** A project whose lines speak with the engine's own voice. */
const aBook = (studio: Studio, engineId: EngineId, texts: readonly string[]): ProjectId => {
  const projectId = studio.createProject('Book', 'Narrator')
  const project = studio.project(projectId)
  const [line] = orderedLines(project)
  const voice = studio
    .listVoices()
    .find(({ source }) => source.kind === 'presetSpeaker' && source.engineId === engineId)
  const [chapter] = project.chapters.values()
  if (!voice || !chapter) throw new Error('a chapter and a voice')
  const put = texts.map(
    (text, index): ProjectRecord =>
      ({
        ...{
          kind: 'line',
          lineId: `line_${projectId.slice('project_'.length, 30)}-${index}`,
          chapterId: chapter.chapterId,
          order: `a${index}`,
        },
        ...{
          characterId: project.settings.narratorId,
          text,
          spokenText: null,
          startsParagraph: false,
          pauseAfterSec: null,
        },
        ...{ takeId: null, layout: null, direction: { ...INHERIT, engineId, voiceId: voice.voiceId } },
      }) as never,
  )
  studio.edit(projectId, { put, remove: line ? ([{ kind: 'line', lineId: line.lineId }] as never) : [] }, 'test')
  return projectId
}
const rendered = async (studio: Studio, projectId: ProjectId): Promise<void> => {
  await studio.enqueue(projectId, { kind: 'project' })
  await expect
    .poll(() => studio.queue.list().jobs.map(({ status }) => status), { timeout: 20_000, interval: 20 })
    .not.toEqual(expect.arrayContaining([expect.stringMatching(/queued|running/)]))
}

test('an engine that is added speaks, is billed, and can be changed and removed', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const engineId = save(studio, aDraft(server.baseUrl))
  const projectId = aBook(studio, engineId, ['你好世界。', '再见。'])
  const scope = { kind: 'project' } as const
  expect(studio.estimate(projectId, scope)).toMatchObject([
    {
      ...{ engineId, lines: 2, units: 8, cost: { amount: 0.8, currency: 'CNY' }, expectedSec: null },
      needsConsent: [{ subjectId: projectId, kind: 'text' }],
    },
  ])
  await expect(studio.enqueue(projectId, scope)).rejects.toMatchObject({
    code: 'cloud.consent-needed',
    params: { engine: 'Far', engineId, subjectId: projectId },
  })
  expect(server.asked).toEqual([])
  studio.remote.giveConsent(projectId, engineId)
  await rendered(studio, projectId)
  expect(server.asked.map(({ input }) => input).toSorted()).toEqual(['你好世界。', '再见。'].toSorted())
  expect(server.asked[0]?.authorization).toBe(`Bearer ${KEY}`)
  expect(studio.listTakes(projectId, null).map(({ durationSamples }) => durationSamples)).toEqual([RATE_HZ, RATE_HZ])
  expect(studio.remote.list()).toMatchObject([
    {
      keyHints: { member_a: 'sk-***cdef' },
      members: [{ memberId: 'member_a', running: 0, resting: null }],
      spentThisMonth: { amount: 0.8, currency: 'CNY' },
    },
  ])
  expect(studio.remote.ledger.usage(0, Date.now() + 1)).toMatchObject([
    { engineId, projectId, units: 8, pieces: 2, cost: { amount: 0.8 } },
  ])
  // Takes are announced ten times a second.
  await expect.poll(() => studio.estimate(projectId, scope)).toEqual([])

  save(studio, { ...aDraft(server.baseUrl, { name: 'Farther' }), engineId, keys: {} })
  expect(studio.engines.list().find((engine) => engine.engineId === engineId)?.name).toBe('Farther')
  studio.remote.remove(engineId)
  expect(studio.remote.list()).toEqual([])
  expect(studio.engines.list().some((engine) => engine.engineId === engineId)).toBe(false)
  expect(studio.listVoices().some(({ name }) => name === 'Anna')).toBe(false)
  expect(readFileSync(path.join(folder.directory, 'keys.json'), 'utf8')).not.toContain('0123')
})

test('SSML is estimated and billed without its tags, and what cannot be read is neither sent nor paid', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const engineId = save(studio, aDraft(server.baseUrl))
  const lines = ['<speak>你好<break time="1s"/><sub alias="世界">W</sub>。</speak>', '<speak>再见']
  const projectId = aBook(studio, engineId, lines)
  const scope = { kind: 'project' } as const
  expect(studio.estimate(projectId, scope)).toMatchObject([{ lines: 2, units: 5, cost: { amount: 0.5 } }])
  studio.remote.giveConsent(projectId, engineId)
  await rendered(studio, projectId)
  expect(server.asked.map(({ input }) => input)).toEqual(['你好', '世界。'])
  expect(studio.remote.ledger.usage(0, Date.now() + 1)).toMatchObject([{ units: 5, pieces: 2, cost: { amount: 0.5 } }])
  expect(studio.listTakes(projectId, null).map(({ durationSamples }) => durationSamples)).toEqual([3 * RATE_HZ])
  expect(studio.queue.lines(projectId)).toMatchObject([
    { status: 'done' },
    { status: 'failed', error: { code: 'script.ssml-invalid', params: { reason: 'endTag', line: 1, column: 10 } } },
  ])
})

test.each([
  { amount: 1, monthlyLimit: 0.7, told: { spent: '0.50', limit: '0.70', cost: '0.50' } },
  { amount: 0.01, monthlyLimit: 0.006, told: { spent: '0.0050', limit: '0.0060', cost: '0.0050' } },
])('the monthly limit of $monthlyLimit stops before it is passed', async ({ amount, monthlyLimit, told }) => {
  await using server = await aServer()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const engineId = save(
    studio,
    aDraft(server.baseUrl, { monthlyLimit, price: { amount, currency: 'CNY', per: 10, unit: 'code-points' } }),
  )
  const projectId = aBook(studio, engineId, ['你好世界。'])
  studio.remote.giveConsent(projectId, engineId)
  await rendered(studio, projectId)
  const second = aBook(studio, engineId, ['再见世界。'])
  studio.remote.giveConsent(second, engineId)
  await rendered(studio, second)
  expect(studio.queue.lines(second)).toMatchObject([
    {
      status: 'failed',
      error: { code: 'cloud.limit-reached', params: { ...told, currency: 'CNY' } },
    },
  ])
  expect(server.asked).toHaveLength(1)
})

test('keys come from the environment as well, and an engine without one says so', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  const environment: Record<string, string> = {}
  await using studio = aStudio(folder.directory, { environment: (name) => environment[name] })
  await studio.start()
  const connection = { kind: 'eas', transport: 'rest' } as const
  const engineId = save(studio, { ...aDraft(server.baseUrl, { connection }), keys: {} })
  const unavailable = () => studio.engines.list().find((engine) => engine.engineId === engineId)?.unavailable
  expect(unavailable()).toMatchObject({ code: 'secret.missing', params: { engine: 'Far' }, remedies: ['enter-key'] })
  environment[`COSY_KEY_${engineId.toUpperCase().replaceAll('-', '_')}`] = KEY
  studio.remote.adopt()
  expect(unavailable()).toBeNull()
  expect(() => studio.remote.save(aDraft(server.baseUrl), { mayKeepKeysInFile: false })).toThrow(
    expect.objectContaining({ code: 'secret.no-vault' }),
  )
  expect(studio.remote.list()).toHaveLength(1)
})

test('a form is tried at every endpoint before it is saved', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const draft = aDraft(server.baseUrl)
  const [member] = draft.engine.members
  if (!member) throw new Error('a member')
  const gone = { ...member, memberId: 'member_gone', baseUrl: 'http://127.0.0.1:9/v1' } as typeof member
  const both = { ...draft, engine: { ...draft.engine, members: [member, gone] } }
  const items: string[] = []
  const job = { signal: new AbortController().signal, progress: () => undefined }
  const trials = await studio.remote.test(both, null, { ...job, item: ({ memberId }) => items.push(memberId) })
  expect(items).toEqual(['member_a', 'member_gone'])
  expect(trials).toMatchObject([
    {
      ...{ error: null, spoken: { durationSec: 1 }, models: ['m', 'm-large'] },
      voices: [{ remoteVoice: 'anna' }, { remoteVoice: 'otto' }],
    },
    { spoken: null, error: { code: 'cloud.unreachable' }, models: null, voices: null },
  ])
  expect(trials[0]?.spoken?.levelDb).toBeCloseTo(20 * Math.log10(8000 / 32768), 1)
  expect(studio.remote.list()).toEqual([])
  // It is billed, saved or not.
  expect(studio.remote.ledger.usage(0, Date.now() + 1)).toMatchObject([
    { engineName: 'Far', projectId: null, pieces: 1, cost: { currency: 'CNY' } },
  ])
})

test('offline, nothing is asked', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory, { isOffline: () => true })
  await studio.start()
  const engineId = save(studio, aDraft(server.baseUrl))
  const projectId = aBook(studio, engineId, ['你好世界。'])
  studio.remote.giveConsent(projectId, engineId)
  await rendered(studio, projectId)
  expect(studio.queue.lines(projectId)).toMatchObject([{ status: 'failed', error: { code: 'cloud.offline' } }])
  expect(server.asked).toEqual([])
})

test('a consent that is withdrawn holds lines back that are tried again', async () => {
  await using server = await aServer()
  using folder = temporaryFolder()
  let isOffline = true
  await using studio = aStudio(folder.directory, { isOffline: () => isOffline })
  await studio.start()
  const engineId = save(studio, aDraft(server.baseUrl))
  const projectId = aBook(studio, engineId, ['你好世界。'])
  studio.remote.giveConsent(projectId, engineId)
  await rendered(studio, projectId)
  isOffline = false
  studio.remote.withdrawConsents(engineId)
  const [job] = studio.queue.list().jobs
  if (!job) throw new Error('a job')
  await studio.queue.retry(job.jobId)
  await expect
    .poll(() => studio.queue.lines(projectId), { timeout: 20_000, interval: 20 })
    .toMatchObject([{ status: 'failed', error: { code: 'cloud.consent-needed', params: { subjectId: projectId } } }])
  expect(server.asked).toEqual([])
  studio.remote.giveConsent(projectId, engineId)
  await studio.queue.retry(job.jobId)
  await expect.poll(() => studio.queue.lines(projectId)[0]?.status, { timeout: 20_000, interval: 20 }).toBe('done')
})

const recordedVoice = (name: string, promptText: string, language: string) =>
  aVoice(name, { language, source: { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText } })
const MEMBER = memberIdSchema.parse('member_a')

test('voices that share a recording keep their own words and languages where it goes along', async () => {
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  const connection = { kind: 'cosyvoice-runtime', model: 'cosyvoice3' } as const
  const engineId = save(studio, aDraft('http://127.0.0.1:9', { connection, voices: [], price: null }))
  const [wrong, right] = [recordedVoice('wrong', 'Hello', 'en'), recordedVoice('right', '你好', 'zh')]
  putVoices(studio.library.db, [wrong, right])
  studio.remote.forgetVoices()
  const setup = studio.remote.setupOf(studio.remote.get(engineId))
  const languages = [wrong, right].map(({ voiceId, source }) =>
    setup.languageOf(setup.remoteVoice({ voiceId, source }, MEMBER) ?? '', MEMBER),
  )
  expect(languages).toEqual(['en', 'zh'])
})

test('a voice that was typed in has the language that was said of it', async () => {
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  const connection = { kind: 'eas', transport: 'sse' } as const
  const engineId = save(studio, aDraft('http://127.0.0.1:9', { connection }))
  const setup = studio.remote.setupOf(studio.remote.get(engineId))
  expect([setup.languageOf('anna', MEMBER), setup.languageOf('otto', MEMBER)]).toEqual(['zh', null])
})

test('a direction that takes the recording along needs a consent for the voice, a line without one does not', async () => {
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  const connection = { kind: 'cosyvoice-server', transport: 'cache' } as const
  const engineId = save(studio, aDraft('http://127.0.0.1:9', { connection, voices: [], price: null }))
  const projectId = studio.createProject('Book', 'Narrator')
  const voice = recordedVoice('copied', 'Hello', 'en')
  putVoices(studio.library.db, [voice])
  studio.remote.forgetVoices()
  studio.remote.giveConsent(projectId, engineId)
  const lineWith = (instruct: string | null) => {
    const { voiceId, source } = voice
    const asked = { text: 'Hello.', voice: { voiceId, source }, instruct }
    return [{ request: conformanceRequest(scriptedEngine({ engineId }), asked) }]
  }
  studio.remote.requireConsent(projectId, lineWith(null))
  studio.remote.requireConsent(projectId, lineWith(''))
  expect(() => studio.remote.requireConsent(projectId, lineWith('Speak softly.'))).toThrow(
    expect.objectContaining({
      code: 'cloud.consent-needed',
      params: expect.objectContaining({ subject: 'voice', subjectId: voice.voiceId, voice: voice.name }),
    }),
  )
  studio.remote.giveConsent(voice.voiceId, engineId)
  studio.remote.requireConsent(projectId, lineWith('Speak softly.'))
})
