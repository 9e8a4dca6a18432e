import { expect, test } from 'vitest'
import { aVoice } from '../../../test/support/a-project.ts'
import type { Connection } from './remote-engine.ts'
import { remoteFacts } from './remote-facts.ts'
import { isTwinOutdated, otherModelOfTwin, twinGaps } from './twin-gaps.ts'

const source = { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: 'Hello.' } as const
const voice = { ...aVoice('lin'), source, language: 'zh-CN' }
const made = { audioSha256: source.audioSha256, promptText: source.promptText, language: 'zh-CN' }
const dashscope = (model = 'cosyvoice-v3-plus'): Connection => ({
  ...{ kind: 'dashscope', region: 'cn', model, transport: 'websocket', workspaceId: null },
})
const EAS: Connection = { kind: 'eas', transport: 'rest' }
const SERVER: Connection = { kind: 'cosyvoice-server', transport: 'cache' }

test.each<[Connection, { audioSha256?: string; promptText?: string; language?: string }, string[]]>([
  [dashscope(), {}, []],
  [dashscope(), { promptText: 'Else.' }, []],
  [dashscope(), { language: 'en' }, ['language']],
  [dashscope(), { language: 'yue' }, []],
  [dashscope(), { audioSha256: 'b'.repeat(64), language: 'ja' }, ['recording', 'language']],
  [dashscope('cosyvoice-v2'), { language: 'ja' }, ['language']],
  [EAS, { promptText: 'Else.', language: 'en' }, ['words']],
  [SERVER, { language: 'yue' }, ['language']],
])('%j: a copy that was made of %j', (connection, patch, gaps) => {
  expect(twinGaps(connection, { ...made, ...patch }, voice)).toEqual(gaps)
})

test.each<[string, string, string | undefined]>([
  ['cosyvoice-v3-plus', 'cosyvoice-v3-plus-lin-1', undefined],
  ['cosyvoice-v3-plus', 'cosyvoice-v3.5-plus-lin-1', 'cosyvoice-v3.5-plus'],
  ['cosyvoice-v3-plus-2027-01', 'cosyvoice-v3-plus-2027-01-lin-1', undefined],
  ['cosyvoice-v3-plus', 'somebody', undefined],
])('an engine of %s and a copy %s', (model, remoteVoice, other) => {
  expect(otherModelOfTwin(dashscope(model), remoteVoice)).toBe(other)
  expect(otherModelOfTwin(EAS, remoteVoice)).toBeUndefined()
})

test('voices are copied to models that the service makes voices for, and to no others', () => {
  const mayEnrol = (model: string): boolean => remoteFacts(dashscope(model)).mayEnrol
  expect(['cosyvoice-v3.5-plus', 'cosyvoice-v2'].map(mayEnrol)).toEqual([true, true])
  expect(['cosyvoice-v1', 'cosyvoice-v9'].map(mayEnrol)).toEqual([false, false])
})

test.each<[Connection, { audioSha256?: string; promptText?: string; language?: string }, boolean]>([
  [SERVER, {}, false],
  [SERVER, { language: 'ja' }, false],
  [SERVER, { promptText: 'Else.' }, true],
  [EAS, { audioSha256: 'b'.repeat(64) }, true],
  [dashscope(), { language: 'ja' }, true],
  [dashscope(), { promptText: 'Else.' }, false],
])('%j: a copy that was made of %j is outdated where that is heard', (connection, patch, isOutdated) => {
  expect(isTwinOutdated(connection, { ...made, ...patch }, voice)).toBe(isOutdated)
})
