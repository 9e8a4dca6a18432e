import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readAudio } from '../src/main/audio-file/index.ts'
import { promptRecording } from './support/a-voice.ts'
import { startDashscopeVoicesServer, VOICES_KEY } from './support/dashscope-voices-server.ts'
import { startEasServer } from './support/eas-server.ts'
import { startOpenAiSpeechServer } from './support/openai-speech-server.ts'
import { type CliRun, cliEvents, runCli } from './support/run-cli.ts'
import { temporaryFolder } from './support/test-disk.ts'

beforeAll(() => {
  if (!existsSync('out/main/cli.js')) throw new Error('build first: npm run build')
})

const KEY = 'sk-right-1234'

/** A library and settings of nobody else; what was said is remembered, to look for keys in it. */
const aRoom = () => {
  const folder = temporaryFolder()
  const at = (name: string): string => path.join(folder.directory, name)
  const env = { HOME: folder.directory, XDG_CONFIG_HOME: at('config') }
  const said: string[] = []
  const run = async (
    args: readonly string[],
    options: { input?: string; env?: Record<string, string> },
  ): Promise<CliRun> => {
    const done = await runCli([...args, '--library', at('library')], { ...options, env: { ...env, ...options.env } })
    said.push(done.stdout, done.stderr)
    return done
  }
  return {
    at,
    said,
    people: (args: readonly string[], options = {}) => run(args, options),
    machine: (args: readonly string[], options = {}) => run([...args, '--json'], options),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}
const last = (run: CliRun) => cliEvents(run).at(-1)

test('an engine elsewhere is added, listed, tried, heard, rendered with, accounted for and removed', {
  timeout: 120_000,
}, async () => {
  await using one = await startOpenAiSpeechServer('wcode')
  await using two = await startOpenAiSpeechServer('wcode')
  using room = aRoom()
  const asked = () => one.speeches().length + two.speeches().length

  const added = await room.machine(
    [
      ...['engines', 'add', 'openai', '--name', 'Far', '--profile', 'wcode', '--key-stdin', '--keep-key-in-file'],
      ...['--base-url', one.baseUrl, '--base-url', two.baseUrl],
      ...['--price', '2', '--currency', 'USD', '--per', '100', '--unit', 'characters', '--monthly-limit', '50'],
    ],
    { input: `${KEY}\n` },
  )
  expect(added.exitCode, added.stdout + added.stderr).toBe(0)
  expect(last(added)).toMatchObject({
    event: 'engine-added',
    name: 'Far',
    connection: { kind: 'openai', profile: 'wcode' },
    endpoints: [
      { baseUrl: one.baseUrl, keyHint: 'sk-***1234' },
      { baseUrl: two.baseUrl, keyHint: 'sk-***1234' },
    ],
    price: { amount: 2, currency: 'USD', per: 100, unit: 'characters' },
    monthlyLimit: 50,
    spentThisMonth: { amount: 0, currency: 'USD' },
  })
  const engineId = String(last(added)?.engineId)
  expect((await room.people(['engines', 'list'])).stdout).toMatch(
    new RegExp(`^${engineId}  Far  openai wcode \\S+  2 endpoints  key sk-\\*\\*\\*1234  0.00 USD this month$`, 'm'),
  )

  const tried = await room.machine(['engines', 'test', 'far'])
  expect(tried.exitCode, tried.stdout).toBe(0)
  expect(cliEvents(tried).filter(({ event }) => event === 'trial')).toMatchObject([
    { baseUrl: one.baseUrl, error: null, spoken: { durationSec: expect.any(Number) } },
    { baseUrl: two.baseUrl, error: null },
  ])
  expect([one.requests[0]?.headers.authorization, asked()]).toEqual([`Bearer ${KEY}`, 2])

  const line = ['say', '--engine', 'Far', '--voice', 'longanhuan', '--text', '你好。', '--out', room.at('said.wav')]
  const refused = await room.machine(line)
  expect([refused.exitCode, last(refused)]).toMatchObject([
    1,
    { code: 'cloud.consent-needed', remedies: ['allow-sending', 'choose-another-engine'] },
  ])
  expect([asked(), existsSync(room.at('said.wav'))]).toEqual([2, false])
  const said = await room.machine([...line, '--allow-sending'])
  expect(said.exitCode, said.stdout).toBe(0)
  expect(last(said)).toMatchObject({ event: 'said', engineId, units: 5, cost: { amount: 0.1, currency: 'USD' } })
  expect((await readAudio(room.at('said.wav'), { longestSec: 10 })).pcm.length).toBeGreaterThan(0)
  expect([...one.speeches(), ...two.speeches()]).toContainEqual(
    expect.objectContaining({ voice: 'longanhuan', input: '你好。' }),
  )

  writeFileSync(room.at('scene.md'), '夜船开了。\n\n河水很静。\n')
  const render = ['render', room.at('scene.md'), '--engine', engineId, '--out', room.at('scene.wav')]
  const before = asked()
  const estimated = await room.machine([...render, '--estimate'])
  expect([estimated.exitCode, asked(), existsSync(room.at('scene.wav'))]).toEqual([0, before, false])
  expect(last(estimated)).toMatchObject({
    ...{ event: 'estimate', engineName: 'Far', lines: 2, units: 18, cost: { amount: 0.36, currency: 'USD' } },
    ...{ monthlyLimit: 50, needsConsent: [{ kind: 'text' }] },
    shares: [
      { baseUrl: one.baseUrl, lines: 1 },
      { baseUrl: two.baseUrl, lines: 1 },
    ],
  })
  const unasked = await room.machine(render)
  expect([unasked.exitCode, last(unasked)?.code, asked()]).toEqual([1, 'cloud.consent-needed', before])
  const rendered = await room.machine([...render, '--allow-sending'])
  expect(rendered.exitCode, rendered.stdout).toBe(0)
  expect(cliEvents(rendered)).toContainEqual(
    expect.objectContaining({
      event: 'billed',
      engineName: 'Far',
      pieces: 2,
      units: 18,
      cost: { amount: 0.36, currency: 'USD' },
    }),
  )
  expect([asked(), existsSync(room.at('scene.wav'))]).toEqual([before + 2, true])
  // Rendered again, nothing is missing: nothing is sent and nothing is paid.
  const again = await room.machine(render)
  expect([again.exitCode, asked()]).toEqual([0, before + 2])
  expect(cliEvents(again).filter(({ event }) => event === 'estimate' || event === 'billed')).toEqual([])

  const month = new Date().toISOString().slice(0, 7)
  const usage = await room.people(['engines', 'usage'])
  expect(usage.stdout).toContain('Far  scene  2 pieces  18 units  0.36 USD\n')
  expect(usage.stdout).toMatch(/^Far {2}no project {2}3 pieces {2}\d+ units/m)
  expect(cliEvents(await room.machine(['engines', 'usage', '--month', '2001-02']))).toEqual([
    { event: 'no-usage', month: '2001-02' },
  ])
  expect(cliEvents(await room.machine(['engines', 'usage', '--month', month])).length).toBe(2)

  const removed = await room.machine(['engines', 'remove', 'Far'])
  expect([removed.exitCode, last(removed)]).toMatchObject([0, { event: 'engine-removed', engineId }])
  expect((await room.people(['engines', 'list'])).stdout).not.toContain(engineId)
  expect(readFileSync(room.at('library/keys.json'), 'utf8')).not.toContain(KEY)
  expect(room.said.join('')).not.toContain(KEY)
})

test('a project may be sent somewhere before it is rendered', { timeout: 60_000 }, async () => {
  await using server = await startOpenAiSpeechServer('generic')
  using room = aRoom()
  const address = ['--base-url', server.baseUrl, '--model', 'm', '--voice', 'anna=Anna', '--no-price']
  expect((await room.people(['engines', 'add', 'openai', '--name', 'Near', ...address])).exitCode).toBe(0)
  writeFileSync(room.at('scene.md'), 'Good evening.\n')
  expect((await room.people(['import', room.at('scene.md')])).exitCode).toBe(0)
  const allowed = await room.machine(['engines', 'allow', 'Near', '--project', 'scene'])
  expect([allowed.exitCode, last(allowed)]).toMatchObject([0, { event: 'allowed', name: 'scene' }])
  const rendered = await room.people(['render', room.at('scene.md'), '--engine', 'near', '--out', room.at('a.wav')])
  expect(rendered.exitCode, rendered.stdout + rendered.stderr).toBe(0)
  expect(rendered.stdout).toContain('1 line by Near, 13 units, its price is not known\n')
  expect(server.speeches()).toMatchObject([{ model: 'm', voice: 'anna', input: 'Good evening.' }])
  for (const [args, code] of [
    [['--project', 'nobody'], 'project.not-found'],
    [['--voice', 'nobody'], 'usage.invalid'],
    [[], 'usage.invalid'],
  ] as const)
    expect(last(await room.machine(['engines', 'allow', 'Near', ...args]))).toMatchObject({ event: 'error', code })
})

test('an engine that is not as it should be is not added, and says why', { timeout: 120_000 }, async () => {
  using room = aRoom()
  const at = ['--base-url', 'http://127.0.0.1:9/v1', '--model', 'm']
  const cases: [readonly string[], number, string, RegExp][] = [
    [['teapot'], 2, 'usage.invalid', /teapot: it is one of dashscope, openai/],
    [['eas'], 2, 'usage.invalid', /--base-url/],
    [['openai', '--base-url', 'ftp://x', '--model', 'm'], 2, 'usage.invalid', /--base-url: an http\(s\) or ws\(s\)/],
    [['openai', ...at, '--profile', 'other'], 2, 'usage.invalid', /--profile/],
    [['dashscope', '--region', 'moon'], 2, 'usage.invalid', /--region/],
    [['dashscope', '--reading', '草地'], 2, 'usage.invalid', /--reading 草地: it is what is written, =/],
    [['dashscope', '--replace', '=x'], 2, 'usage.invalid', /--replace =x/],
    [['dashscope', '--reading', `x=${'x'.repeat(101)}`], 2, 'usage.invalid', /--reading or --replace/],
    [['openai', ...at, '--reading', 'a=b'], 2, 'usage.invalid', /--reading: openai has no such setting/],
    [['dashscope', '--model', 'cosyvoice-v3-plus', '--reading', 'a=b'], 2, 'usage.invalid', /cannot be told how words/],
    [['openai', ...at, '--extra', '[1]'], 2, 'usage.invalid', /--extra: it is a JSON object/],
    [['openai', ...at, '--price', 'much'], 2, 'usage.invalid', /--price much/],
    [['openai', ...at, '--price', '1', '--unit', 'pounds'], 2, 'usage.invalid', /--unit/],
    [['openai', ...at, '--no-price', '--monthly-limit', '5'], 2, 'usage.invalid', /needs a price/],
    [['openai', ...at, '--concurrency', '1000'], 2, 'usage.invalid', /--concurrency/],
    [['openai', ...at, '--key-env', 'COSY_NOT_THERE'], 2, 'usage.invalid', /COSY_NOT_THERE: the environment has no/],
    [['openai', ...at, '--key-env', 'SOME_KEY'], 1, 'secret.no-vault', /./],
  ]
  for (const [args, exitCode, code, words] of cases) {
    const run = await room.machine(['engines', 'add', ...args], { env: { SOME_KEY: KEY } })
    expect([args, run.exitCode, last(run)?.code]).toEqual([args, exitCode, code])
    expect(run.stdout).toMatch(words)
  }
  expect((await room.people(['engines', 'list'])).stdout).not.toMatch(/127\.0\.0\.1|dashscope/)
  for (const command of [['test'], ['remove']])
    expect(last(await room.machine(['engines', ...command, 'nobody']))).toMatchObject({ code: 'engine.unknown' })
  expect(room.said.join('')).not.toContain(KEY)
})

test('an engine whose endpoints fail says which, and the environment has its key', { timeout: 60_000 }, async () => {
  await using server = await startOpenAiSpeechServer('wcode')
  using room = aRoom()
  const addresses = ['--base-url', server.baseUrl, '--base-url', 'http://127.0.0.1:9/v1']
  const added = await room.machine(['engines', 'add', 'openai', '--profile', 'wcode', ...addresses])
  const [engineId, keyVariable] = [last(added)?.engineId, last(added)?.keyVariable]
  expect(keyVariable).toBe(`COSY_KEY_${String(engineId).toUpperCase().replaceAll('-', '_')}`)
  const without = await room.machine(['engines', 'test', String(engineId)])
  expect(without.exitCode).toBe(1)
  expect(cliEvents(without).filter(({ event }) => event === 'trial')).toMatchObject([
    { error: { code: 'secret.missing' } },
    { error: { code: 'secret.missing' } },
  ])
  const tried = await room.people(['engines', 'test', String(engineId)], { env: { [String(keyVariable)]: KEY } })
  expect(tried.exitCode, tried.stdout).toBe(3)
  expect(tried.stdout).toMatch(/first sound after \d+ ms/)
  expect(tried.stdout).toMatch(/^http:\/\/127\.0\.0\.1:9\/v1: failed\. /m)
  expect(room.said.join('')).not.toContain(KEY)
})

test('a voice is copied to a service, held against it, and speaks there', { timeout: 120_000 }, async () => {
  await using server = await startEasServer()
  using room = aRoom()
  const { file, transcript } = promptRecording(room.at('Lin.wav'), { durationSec: 4 })
  const words = ['--prompt-text', transcript, '--language', 'en']
  expect((await room.people(['voices', 'add', file, ...words])).exitCode).toBe(0)
  const key = ['--key-env', 'EAS_TOKEN', '--keep-key-in-file']
  const added = await room.people(
    ['engines', 'add', 'eas', '--name', 'Cloud', '--base-url', server.baseUrl, '--transport', 'rest', ...key],
    { env: { EAS_TOKEN: server.token } },
  )
  expect(added.exitCode, added.stdout + added.stderr).toBe(0)
  const enrol = ['voices', 'enrol', 'Lin', '--engine', 'Cloud']
  const refused = await room.machine(enrol)
  expect([refused.exitCode, last(refused)?.code]).toEqual([1, 'cloud.consent-needed'])
  expect(server.references.size).toBe(1)
  const enrolled = await room.machine([...enrol, '--allow-sending'])
  expect(enrolled.exitCode, enrolled.stdout).toBe(0)
  expect(last(enrolled)).toMatchObject({
    event: 'twin',
    baseUrl: server.baseUrl,
    twin: { status: 'ready' },
    error: null,
  })
  expect(server.references.size).toBe(2)
  const copies = [...server.references.keys()].filter((id) => id !== 'ref1')

  const synced = await room.machine(['voices', 'sync', '--engine', 'Cloud'])
  expect(synced.exitCode, synced.stdout).toBe(0)
  expect(last(synced)).toMatchObject({ event: 'member-voices', adoptable: [{ remoteVoice: 'ref1' }], gone: [] })

  const out = room.at('said.wav')
  const line = [
    'say',
    '--engine',
    'Cloud',
    '--voice',
    'Lin',
    '--text',
    'Good evening.',
    '--out',
    out,
    '--allow-sending',
  ]
  const said = await room.machine(line)
  expect(said.exitCode, said.stdout).toBe(0)
  expect(server.speeches.map(({ input }) => input.reference_audio_id)).toEqual(copies)

  for (const id of copies) server.references.delete(id)
  expect((await room.people(['voices', 'sync', '--engine', 'Cloud'])).stdout).toContain('! the copy of Lin is gone')
  expect(room.said.join('')).not.toContain(server.token)
})

test('a voice is made from words', { timeout: 60_000 }, async () => {
  await using server = await startDashscopeVoicesServer({})
  using room = aRoom()
  const engine = ['--name', 'Ali', '--base-url', server.url, '--model', 'cosyvoice-v3-plus', '--key-env', 'ALI_KEY']
  const env = { ALI_KEY: VOICES_KEY }
  expect((await room.people(['engines', 'add', 'dashscope', ...engine, '--keep-key-in-file'], { env })).exitCode).toBe(
    0,
  )
  const out = room.at('preview.wav')
  const asked = [
    '--description',
    '沉稳的中年男声，语速缓慢。',
    '--preview-text',
    '各位听众，晚上好。',
    '--language',
    'zh',
  ]
  const made = await room.machine([
    'voices',
    'design',
    '--engine',
    'Ali',
    '--name',
    'Announcer',
    ...asked,
    '--out',
    out,
  ])
  expect(made.exitCode, made.stdout).toBe(0)
  expect(last(made)).toMatchObject({ event: 'voice-designed', name: 'Announcer', preview: out })
  expect((await readAudio(out, { longestSec: 10 })).pcm.length).toBeGreaterThan(0)
  expect((await room.people(['voices', 'list'])).stdout).toContain('Announcer')
  const empty = await room.machine([
    'voices',
    'design',
    '--engine',
    'Ali',
    '--name',
    'x',
    '--description',
    ' ',
    '--preview-text',
    'x',
  ])
  expect([empty.exitCode, last(empty)?.code]).toEqual([2, 'usage.invalid'])
  expect(room.said.join('')).not.toContain(VOICES_KEY)
})

test('where a service gets hold of a recording by no way, an address is asked for', { timeout: 60_000 }, async () => {
  await using server = await startDashscopeVoicesServer({})
  using room = aRoom()
  const { file, transcript } = promptRecording(room.at('Lin.wav'), { durationSec: 7 })
  expect((await room.people(['voices', 'add', file, '--prompt-text', transcript])).exitCode).toBe(0)
  const engine = ['--name', 'Ali', '--base-url', server.url, '--model', 'cosyvoice-v3-plus', '--key-env', 'ALI_KEY']
  const env = { ALI_KEY: VOICES_KEY }
  await room.people(['engines', 'add', 'dashscope', ...engine, '--keep-key-in-file'], { env })
  const enrol = ['voices', 'enrol', 'Lin', '--engine', 'Ali', '--allow-sending']
  const uncleaned = await room.machine([...enrol, '--clean-up'])
  expect([uncleaned.exitCode, last(uncleaned)?.code, server.requests.length]).toEqual([2, 'usage.invalid', 0])
  server.unreachable.add('oss').add('data').add('https')
  const refused = await room.people(enrol)
  expect(refused.exitCode).toBe(1)
  expect(refused.stdout + refused.stderr).toContain('--sample-url')
  server.unreachable.delete('data')
  const own = await room.people([...enrol, '--sample-url', 'https://example.org/lin.wav'])
  expect(own.exitCode, own.stdout).toBe(0)
  expect(own.stdout).toContain('could not load it from your address')
})
