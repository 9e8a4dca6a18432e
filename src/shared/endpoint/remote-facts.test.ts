import { expect, test } from 'vitest'
import { billedUnits, costOf } from './billed-units.ts'
import { baseUrlSchema, type Connection, connectionSchema } from './remote-engine.ts'
import { remoteFacts } from './remote-facts.ts'

const dashscope = (model: string, region: 'cn' | 'intl' = 'cn') =>
  remoteFacts({ kind: 'dashscope', region, model, transport: 'websocket', workspaceId: null })
const openai = (profile: Extract<Connection, { kind: 'openai' }>['profile'], takesInstructions = false) =>
  remoteFacts({ kind: 'openai', profile, model: 'm', sampleRateHz: 24_000, takesInstructions })

test('models of DashScope differ in voices, directions and prices', () => {
  const [plus, v2] = [dashscope('cosyvoice-v3.5-plus'), dashscope('cosyvoice-v2')]
  expect([plus.modes, v2.modes]).toEqual([
    ['zeroShot', 'crossLingual', 'instruct'],
    ['presetSpeaker', 'zeroShot', 'crossLingual'],
  ])
  expect([plus.voices.length, v2.voices.length > 50, plus.mayDesign, v2.mayDesign]).toEqual([0, true, true, false])
  const flash = dashscope('cosyvoice-v3-flash')
  expect(flash.instructSpeakers).toContain('longanyang')
  expect(flash.instructs.find(({ id }) => id === 'dialect.sichuan')?.text).toBe('请用四川话表达。')
  expect(flash.instructs.filter(({ kind }) => kind === 'emotion').length).toBeGreaterThanOrEqual(3)
  expect([flash.price, dashscope('cosyvoice-v3-flash', 'intl').price?.currency]).toEqual([
    { amount: 1, currency: 'CNY', per: 10_000, unit: 'characters' },
    'USD',
  ])
  expect(dashscope('cosyvoice-v3-flash', 'intl').mayDesign).toBe(false)
  expect(dashscope('something-new')).toMatchObject({ languages: [], honoursSeed: false, price: null })
})

test('profiles of OpenAI-like servers differ in how a recording gets there', () => {
  expect(openai('wcode')).toMatchObject({ recordings: 'none', modes: ['presetSpeaker'], honoursSeed: true })
  expect(openai('sglang-omni')).toMatchObject({
    recordings: 'sent-along',
    modes: ['zeroShot', 'crossLingual', 'instruct'],
    streaming: true,
  })
  expect(openai('siliconflow')).toMatchObject({ recordings: 'enrolled', mayEnrol: true })
  expect(openai('vllm-omni')).toMatchObject({ recordings: 'sent-along', mayEnrol: true })
  expect([openai('wcode').mayEnrol, openai('sglang-omni').mayEnrol]).toEqual([false, false])
  expect([openai('generic').instructSpeakers, openai('generic', true).instructSpeakers]).toEqual([[], null])
  expect(openai('generic', true).modes).toEqual(['presetSpeaker'])
})

test('every kind has facts', () => {
  for (const kind of connectionSchema.options.map(({ shape }) => shape.kind.value)) {
    const examples: Record<typeof kind, Connection> = {
      dashscope: { kind: 'dashscope', region: 'cn', model: 'x', transport: 'http', workspaceId: null },
      openai: { kind: 'openai', profile: 'generic', model: 'x', sampleRateHz: 24_000, takesInstructions: false },
      eas: { kind: 'eas', transport: 'sse' },
      'cosyvoice-server': { kind: 'cosyvoice-server', transport: 'task' },
      'cosyvoice-runtime': { kind: 'cosyvoice-runtime', model: 'cosyvoice' },
    }
    const facts = remoteFacts(examples[kind])
    expect(facts.text.most).toBeGreaterThanOrEqual(300)
    expect(facts.modes.length).toBeGreaterThan(0)
    if (facts.recordings === 'none') expect(facts.modes).not.toContain('zeroShot')
  }
})

test('addresses lose what does not belong to them, and keep the path of a gateway', () => {
  expect(baseUrlSchema.parse(' https://a.example/gateway/v1/ ')).toBe('https://a.example/gateway/v1')
  expect(baseUrlSchema.parse('http://127.0.0.1:8000')).toBe('http://127.0.0.1:8000')
  for (const wrong of ['ftp://a.example', 'a.example', 'https://u:p@a.example', 'https://a.example?key=1', ''])
    expect(baseUrlSchema.safeParse(wrong).success, wrong).toBe(false)
})

test('text is counted as it is billed', () => {
  expect(['characters', 'code-points', 'utf8-bytes'].map((unit) => billedUnits('你a😀', unit as 'characters'))).toEqual(
    [4, 3, 8],
  )
  expect(costOf(2500, { amount: 2, currency: 'CNY', per: 10_000, unit: 'characters' })).toBe(0.5)
})

test('the facts of a connection are found out once, however often it is read', () => {
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
  }
  const facts = remoteFacts(connection)
  expect(remoteFacts(structuredClone(connection))).toBe(facts)
  expect(remoteFacts({ ...connection, transport: 'http' })).toMatchObject({ streaming: false })
  expect(facts.streaming).toBe(true)
})
