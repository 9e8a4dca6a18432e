import { expect, test } from 'vitest'
import { type Connection, NO_FIXES, remoteEngineSchema, type TextFixes } from '../../../shared/endpoint/index.ts'
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
