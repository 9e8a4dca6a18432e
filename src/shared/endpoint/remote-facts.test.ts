import { expect, test } from 'vitest'
import { billedUnits, costOf } from './billed-units.ts'
import { STYLE_SENTENCES, SYSTEM_TEMPLATES } from './dashscope-instructions.ts'
import { baseUrlSchema, type Connection, connectionSchema, webSocketUrlSchema } from './remote-engine.ts'
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

test('a direction is of the voices that take it, and every direction of a voice has a name', () => {
  const flash = dashscope('cosyvoice-v3-flash')
  const takers = (text: string) => flash.instructs.find((option) => option.text === text)?.takenBy
  expect(takers('请用湖南话表达。')).toEqual({ speakers: ['longanhuan_v3'], recordings: false })
  expect(takers('请用四川话表达。')).toEqual({ speakers: ['longanhuan_v3'], recordings: true })
  expect(takers('你说话的情感是fearful。')?.speakers).toContain('longanyang')
  expect(takers('你会用法语说出来。')).toEqual({ speakers: [], recordings: true })
  for (const sentence of STYLE_SENTENCES) expect(takers(sentence), sentence).toEqual({ speakers: [], recordings: true })
  expect(dashscope('cosyvoice-v3-plus').instructs.map(({ text }) => text)).not.toContain(STYLE_SENTENCES[0])
  expect(flash.listedOnlySpeakers).toEqual(flash.instructSpeakers)
  const said = new Set(flash.instructs.flatMap(({ text, feelings = [] }) => [text, ...feelings.map((one) => one.text)]))
  const rules = Object.values(SYSTEM_TEMPLATES['cosyvoice-v3-flash'] ?? {}).flat()
  // Each of the others can be said with each of seven feelings, or is said without.
  const expected = new Set(
    rules.flatMap(({ text, values: { emotion = [], ...others } }) => {
      const plain = Object.entries(others).flatMap(([blank, found]) =>
        (found ?? []).map((value) => text.replace(`<${blank}>`, value)),
      )
      return (plain.length > 0 ? plain : [text]).flatMap((one) =>
        one.includes('<emotion>') ? emotion.map((feeling) => one.replace('<emotion>', feeling)) : [one],
      )
    }),
  )
  for (const text of expected) expect(said, text).toContain(text)
  expect(new Set(flash.instructs.map(({ id }) => id)).size).toBe(flash.instructs.length)
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

test('what wcode sells has the voices and the price of its model', () => {
  const of = (model: string) =>
    remoteFacts({ kind: 'openai', profile: 'wcode', model, sampleRateHz: 24_000, takesInstructions: false })
  const [plus, flash] = [of('tongyi/cosyvoice-v3-plus'), of('tongyi/cosyvoice-v3-flash')]
  expect([plus.price?.amount, flash.price?.amount, of('something-new').price]).toEqual([0.25, 0.0015, null])
  expect(plus.voices.map(({ remoteVoice }) => remoteVoice)).toEqual(['longanyang', 'longanhuan'])
  expect(flash.voices.length).toBeGreaterThan(50)
  expect(flash.voices.find(({ remoteVoice }) => remoteVoice === 'longanyue_v3')?.language).toBe('yue')
})

test('directions that a model was trained on are offered wherever it runs', () => {
  const ofModel = (profile: 'vllm-omni' | 'sglang-omni' | 'cosyvoice-desktop', model: string) =>
    remoteFacts({ kind: 'openai', profile, model, sampleRateHz: 24_000, takesInstructions: false }).instructs.length
  expect(ofModel('vllm-omni', 'FunAudioLLM/Fun-CosyVoice3-0.5B-2512')).toBe(26)
  expect([ofModel('sglang-omni', 'cosyvoice3'), ofModel('sglang-omni', 'qwen3-tts')]).toEqual([26, 0])
  const runtime = (model: 'cosyvoice' | 'cosyvoice2' | 'cosyvoice3') =>
    remoteFacts({ kind: 'cosyvoice-runtime', model })
  expect(runtime('cosyvoice3').instructs.find(({ id }) => id === 'dialect.sichuan')?.text).toBe('请用四川话表达。')
  expect(runtime('cosyvoice2').instructs.map(({ text }) => text)).toEqual(['用四川话说这句话'])
  expect(remoteFacts({ kind: 'cosyvoice-server', transport: 'cache' }).instructs).toHaveLength(26)
  expect(remoteFacts({ kind: 'eas', transport: 'sse' }).instructs).toHaveLength(1)
})

test('the first model of a runtime follows directions with its own speakers, the later ones with recordings', () => {
  const of = (model: 'cosyvoice' | 'cosyvoice3') => {
    const { instructSpeakers, modes } = remoteFacts({ kind: 'cosyvoice-runtime', model })
    return { instructSpeakers, byRecording: modes.includes('instruct') }
  }
  expect(of('cosyvoice')).toEqual({ instructSpeakers: null, byRecording: false })
  expect(of('cosyvoice3')).toEqual({ instructSpeakers: [], byRecording: true })
})

test('the rate of a runtime is that of its model where nobody says otherwise', () => {
  const rates = [{}, { sampleRateHz: 44_100 as const }].flatMap((told) =>
    (['cosyvoice', 'cosyvoice2'] as const).map(
      (model) => remoteFacts({ kind: 'cosyvoice-runtime', model, ...told }).sampleRateHz,
    ),
  )
  expect(rates).toEqual([22_050, 24_000, 44_100, 44_100])
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
  expect(baseUrlSchema.parse('wss://dashscope.aliyuncs.com/api-ws/v1/inference/')).toBe(
    'https://dashscope.aliyuncs.com/api-ws/v1/inference',
  )
  expect(baseUrlSchema.parse('ws://127.0.0.1:8000')).toBe('http://127.0.0.1:8000')
  expect(webSocketUrlSchema.parse('https://a.example/tts/')).toBe('wss://a.example/tts')
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
  expect(remoteFacts({ ...connection, transport: 'http' })).toMatchObject({ streaming: true })
  expect(facts.streaming).toBe(true)
})

test('the most text of a request is what its owner says, where they say it', () => {
  const dashscope: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
  }
  const generic: Connection = {
    ...{ kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  }
  for (const connection of [dashscope, generic]) {
    const { unit, most } = remoteFacts(connection).text
    expect(most).toBe(2000)
    expect(remoteFacts({ ...connection, mostText: 20_000 } as Connection).text).toEqual({ unit, most: 20_000 })
  }
  expect(connectionSchema.safeParse({ ...dashscope, mostText: 20_001 }).success).toBe(false)
})
