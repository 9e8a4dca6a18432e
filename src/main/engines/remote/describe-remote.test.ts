import { expect, test } from 'vitest'
import {
  type Connection,
  connectionSchema,
  NO_FIXES,
  remoteEngineSchema,
  type TextFixes,
} from '../../../shared/endpoint/index.ts'
import { describeRemote } from './describe-remote.ts'

const described = (connection: Connection, voices: readonly string[]) =>
  describeRemote(
    remoteEngineSchema.parse({
      ...{ engineId: 'far', name: 'Far', connection, price: null, monthlyLimit: null, createdAtEpochMs: 0 },
      members: [
        {
          ...{ memberId: 'member_a', baseUrl: 'http://127.0.0.1:9', concurrency: 2 },
          ...{ requestsPerSecond: null, isDraining: false },
        },
      ],
      voices: voices.map((remoteVoice) => ({ remoteVoice, name: remoteVoice, language: null, gender: 'neutral' })),
    }),
    null,
  )
const dashscope = (model: string): Connection => ({
  ...{ kind: 'dashscope', region: 'cn', model, transport: 'websocket', workspaceId: null },
})

test('a voice that was designed speaks, and is directed where its model takes that', () => {
  const plain = described(dashscope('cosyvoice-v3.5-plus'), []).capabilities
  expect([plain.modes.includes('presetSpeaker'), plain.instructSpeakers]).toEqual([false, []])
  const name = 'cosyvoice-v3.5-plus-vd-sto-1'
  const { capabilities, presetVoices } = described(dashscope('cosyvoice-v3.5-plus'), [name])
  expect([capabilities.modes.includes('presetSpeaker'), capabilities.instructSpeakers]).toEqual([true, [name]])
  expect(presetVoices.map(({ source }) => source)).toEqual([{ kind: 'presetSpeaker', engineId: 'far', speaker: name }])
  const older = described(dashscope('cosyvoice-v3-plus'), ['cosyvoice-v3-plus-vd-sto-1']).capabilities
  expect(older.instructSpeakers).not.toContain('cosyvoice-v3-plus-vd-sto-1')
})

test('a copy that was added by its name takes what copied recordings take, and any other words', () => {
  const name = 'cosyvoice-v3-flash-mine-1'
  const { capabilities } = described(dashscope('cosyvoice-v3-flash'), [name])
  const takes = (text: string): boolean | undefined =>
    capabilities.instructs.find((option) => option.text === text)?.takenBy?.speakers.includes(name)
  expect([takes('请用四川话表达。'), takes('请用湖南话表达。')]).toEqual([true, false])
  expect(capabilities.listedOnlySpeakers).toContain('longanyang')
  expect(capabilities.listedOnlySpeakers).not.toContain(name)
})

test('takes are of a version of their own where words are read otherwise', () => {
  const versionWith = (fixes?: TextFixes): string =>
    described({ ...dashscope('cosyvoice-v3-flash'), ...(fixes && { fixes }) } as Connection, []).capabilities.version
  const reading = { ...NO_FIXES, readings: [{ written: '草地', said: 'cao3 di4' }] }
  const plain = versionWith()
  expect(versionWith(NO_FIXES)).toBe(plain)
  const versions = [plain, versionWith(reading), versionWith({ ...reading, isMarkdownFiltered: true })]
  expect(new Set(versions).size).toBe(3)
  expect(versionWith(structuredClone(reading))).toBe(versions[1])
})

test('a typed voice changes nothing of what a server that speaks like recordings can do', () => {
  const connection: Connection = {
    ...{ kind: 'openai', profile: 'sglang-omni', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  }
  expect(described(connection, ['anna']).capabilities.modes).not.toContain('presetSpeaker')
})

test('takes are of a version of their own where other fields go along, and of the same however much text goes at once', () => {
  const versionWith = (said: object): string => {
    const plain = { kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: 24_000, takesInstructions: false }
    return described(connectionSchema.parse({ ...plain, ...said }), []).capabilities.version
  }
  const plain = versionWith({})
  expect(versionWith({ mostText: 500 })).toBe(plain)
  const versions = [plain, versionWith({ extra: { temperature: 0.7, top_p: 1 } }), versionWith({ extra: { seed: 1 } })]
  expect(new Set(versions).size).toBe(3)
  expect(versionWith({ extra: { top_p: 1, temperature: 0.7 } })).toBe(versions[1])
})
