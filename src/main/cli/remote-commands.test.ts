import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aStudio } from '../../../test/support/a-studio.ts'
import { promptRecording } from '../../../test/support/a-voice.ts'
import { startOpenAiSpeechServer } from '../../../test/support/openai-speech-server.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { type NewRemoteEngine, remoteDraftSchema } from '../../shared/endpoint/index.ts'
import type { EngineId } from '../../shared/kernel/index.ts'
import type { Studio } from '../studio/index.ts'
import { EXIT } from './command-line.ts'
import { testCommand } from './remote-command.ts'
import { importToProject, type RenderFlags, renderProject } from './render-command.ts'
import { sayEstimates } from './render-cost.ts'
import { createReporter } from './reporter.ts'
import { sayRemote } from './say-remote.ts'

const never = new AbortController().signal
/** What is said to people, line by line, and to programs. */
const aReporter = () => {
  const [lines, events]: [string[], { event: string }[]] = [[], []]
  const streams = { err: () => undefined, isTerminal: false, columns: 80 }
  const people = createReporter(false, 'en', { ...streams, out: (text) => lines.push(...text.trimEnd().split('\n')) })
  const machine = createReporter(true, 'en', { ...streams, out: (text) => events.push(JSON.parse(text)) })
  return {
    lines,
    events,
    reporter: {
      ...people,
      say: (...said: Parameters<typeof people.say>) => {
        people.say(...said)
        machine.say(...said)
      },
    },
  }
}
const anEngine = (studio: Studio, baseUrl: string, changes: Partial<NewRemoteEngine> = {}): EngineId =>
  studio.remote.save(
    remoteDraftSchema.parse({
      engineId: null,
      engine: {
        name: 'Far',
        connection: { kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
        members: [{ memberId: 'member_a', baseUrl, concurrency: 1, requestsPerSecond: null, isDraining: false }],
        ...{ price: null, monthlyLimit: null },
        voices: [{ remoteVoice: 'anna', name: 'Anna', language: null, gender: 'female' }],
        ...changes,
      },
      keys: {},
    }),
    { mayKeepKeysInFile: false },
  )

test('a recording goes to no endpoint before somebody allowed it', async () => {
  await using server = await startOpenAiSpeechServer('sglang-omni')
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  anEngine(studio, server.baseUrl, {
    connection: { kind: 'openai', profile: 'sglang-omni', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  })
  const { file } = promptRecording(path.join(folder.directory, 'Lin.wav'), { durationSec: 4 })
  const { voice } = await studio.voices.create(file, {
    ...{ name: 'Lin', promptText: 'Hello there.', language: 'en', gender: 'female', notes: '' },
  })
  const { reporter } = aReporter()
  const needed = { code: 'cloud.consent-needed', params: { engine: 'Far', subject: 'voice', voice: 'Lin' } }
  await expect(testCommand(studio, 'Far', { voice: 'Lin' }, reporter, never)).rejects.toMatchObject(needed)
  const out = path.join(folder.directory, 'said.wav')
  const line = { engine: 'Far', text: 'Good evening.', voice: 'Lin', out }
  await expect(sayRemote(studio, line, reporter, never)).rejects.toMatchObject(needed)
  // An API server has a copy of the voice, and is sent the recording all the same where a direction is given.
  anEngine(studio, server.baseUrl, { name: 'Own', connection: { kind: 'cosyvoice-server', transport: 'cache' } })
  for (const [instruct, subject] of [
    ['Softly.', 'voice'],
    [undefined, 'text'],
  ] as const)
    await expect(
      sayRemote(studio, { ...line, engine: 'Own', ...(instruct && { instruct }) }, reporter, never),
    ).rejects.toMatchObject({ code: 'cloud.consent-needed', params: { subject } })
  expect(server.speeches()).toEqual([])

  expect(await testCommand(studio, 'Far', { voice: 'Lin', allowSending: true }, reporter, never)).toBe(EXIT.done)
  expect(server.speeches()).toMatchObject([{ ref_audio: expect.stringMatching(/^data:audio\/wav/) }])
  // Once it was allowed it needs not be said again, until it is withdrawn.
  expect(await testCommand(studio, 'Far', { voice: 'Lin' }, reporter, never)).toBe(EXIT.done)
  // The text is another thing, and is allowed each time.
  await expect(sayRemote(studio, line, reporter, never)).rejects.toMatchObject({ params: { subject: 'text' } })
  studio.remote.withdrawConsents(studio.remote.list()[0]?.engine.engineId ?? ('' as never))
  await expect(testCommand(studio, 'Far', { voice: voice.voiceId }, reporter, never)).rejects.toMatchObject(needed)
  expect(server.speeches()).toHaveLength(2)
})

test('what engines did not honour is said once of a rendering, and how long the next takes', async () => {
  await using server = await startOpenAiSpeechServer('generic')
  using folder = temporaryFolder()
  let engineId: EngineId = 'draft' as EngineId
  const open = () => aStudio(folder.directory, { defaultEngineId: () => engineId })
  const script = path.join(folder.directory, 'scene.md')
  const flags: RenderFlags = { out: [], splitLongLines: false, dialogue: false, narrator: 'Narrator' } as never
  {
    await using studio = open()
    engineId = anEngine(studio, server.baseUrl)
    await studio.start()
    studio.queue.setPaused(false)
    const { reporter, lines, events } = aReporter()
    writeFileSync(script, 'Good evening.\n\nGood night.\n')
    const projectId = await importToProject(studio, script, flags, reporter)
    studio.edit(
      projectId,
      {
        put: [...studio.project(projectId).lines.values()].map((line) => ({
          ...line,
          kind: 'line',
          direction: { ...line.direction, instruct: 'softly' },
          text: `<speak><soundEvent src="https://a.example/a.wav"/>${line.text}</speak>`,
        })) as never,
        remove: [],
      },
      'test',
    )
    sayEstimates(studio, projectId, { allowsSending: true }, reporter)
    expect(events.find(({ event }) => event === 'estimate')).toMatchObject({ expectedSec: null })
    expect(await renderProject(studio, projectId, reporter, never)).toBe(0)
    expect(lines.filter((line) => line.startsWith('Note:'))).toEqual([
      'Note: Instruct not honoured (2 lines)',
      'Note: <soundEvent>: left out (2 lines)',
    ])
    expect(events.filter(({ event }) => event === 'warning')).toEqual([
      { event: 'warning', field: 'instruct', reason: 'not-supported', lines: 2 },
      { event: 'warning', field: '<soundEvent>', reason: 'ssml-left-out', lines: 2 },
    ])
    // Of what was rendered before, nothing is said again.
    const again = aReporter()
    await renderProject(studio, projectId, again.reporter, never)
    expect(again.events.filter(({ event }) => event === 'warning')).toEqual([])
  }
  await using studio = open()
  const { reporter, lines } = aReporter()
  writeFileSync(script, 'Another evening.\n')
  const projectId = await importToProject(studio, script, flags, reporter)
  sayEstimates(studio, projectId, { allowsSending: false }, reporter)
  expect(lines.at(-1)).toMatch(/^1 line by Far, 16 units, its price is not known, about \d+ seconds?$/)
})
