import { describe, expect, test } from 'vitest'
import { AppCancel } from '../../shared/kernel/index.ts'
import { RemoteFailure, type WireAnswer } from '../remote/index.ts'
import { httpAddress, socketAddress } from './address.ts'
import { decodeBase64 } from './base64.ts'
import { keysIn, parsedJson, refusalOf, toReason, wordsOfBody, wordsOfJson } from './server-words.ts'

test.each([
  ['{"error":{"message":"a","code":"b"}}', { message: 'a', code: 'b' }],
  ['{"code":50505,"message":"a"}', { message: 'a', code: '50505' }],
  ['{"detail":"a"}', { message: 'a' }],
  ['{"detail":[{"loc":["body","x",0],"msg":"a"},{"msg":"b"}]}', { message: 'x.0: a; b' }],
  ['"a"', { message: 'a' }],
  ['{"message":""}', undefined],
  ['{"anything":1}', undefined],
  ['5', undefined],
])('the words of %s are found', (source, words) => {
  const found = wordsOfJson(parsedJson(source)?.value)
  if (words === undefined) expect(found).toBeUndefined()
  else expect(found).toMatchObject(words)
  if (words !== undefined) expect(wordsOfBody(source)).toEqual(found)
})

describe('a refusal', () => {
  const answering = (
    pieces: () => AsyncGenerator<Uint8Array>,
    headers: Readonly<Record<string, string>> = {},
  ): WireAnswer => ({
    status: 503,
    header: (name) => headers[name] ?? null,
    pieces,
    bytes: () => Promise.reject(new Error('not asked for')),
    text: () => Promise.reject(new Error('not asked for')),
  })
  const hidden = { keys: [], texts: [] }
  const bytes = new TextEncoder().encode('overloaded')

  test('has the words that came before its body broke off, but a cancel wins', async () => {
    const ending = (error: Error) =>
      answering(async function* () {
        yield bytes
        throw error
      })
    const broken = await refusalOf(ending(new RemoteFailure('network', { reason: 'reset' })), hidden, 0)
    expect([broken.failureClass, broken.facts.reason]).toEqual(['unavailable', 'overloaded'])
    await expect(refusalOf(ending(new AppCancel()), hidden, 0)).rejects.toBeInstanceOf(AppCancel)
  })

  test('that goes on and on is not read to its end', async () => {
    let pieces = 0
    const long = answering(async function* () {
      for (; pieces < 1000; pieces++) yield new Uint8Array(10_000).fill(0x61)
    })
    expect((await refusalOf(long, hidden, 0)).facts.reason).toBe('a'.repeat(300))
    expect(pieces).toBeLessThan(10)
  })

  test('tells what the server calls the request, and when to come back', async () => {
    const answer = answering(
      async function* () {
        yield bytes
      },
      { 'x-request-id': 'r1', 'retry-after': '2' },
    )
    expect((await refusalOf(answer, hidden, 0)).facts).toMatchObject({ requestId: 'r1', retryAfterMs: 2000 })
  })
})

test('what a server says is repeated without keys and texts, and not at length', () => {
  const hidden = { keys: ['key-one-1111', '', 'key-two-2222'], texts: ['一段台词', ''] }
  const said = toReason(`key-one-1111 and key-two-2222 for 一段台词 ${'x'.repeat(1000)}`, hidden)
  expect(said).not.toMatch(/key-one|key-two|台词/)
  expect(said).toMatch(/ and .* for /)
  expect(said).toHaveLength(300)
})

test('a key is hidden where the text is a part of it, and a short one altogether', () => {
  const hidden = { keys: ['eas-token-ABCD1234', 'k3y9'], texts: ['token'] }
  expect(toReason('eas-token-ABCD1234 or k3y9', hidden)).toBe('sk-***1234 or ***')
})

test('a key is hidden however a server quotes the header that it was in', () => {
  const basic = Buffer.from('ann:sesame-open-1').toString('base64')
  const keys = keysIn({
    authorization: 'Bearer gw-secret-abcdef123456',
    'x-api-key': 'plain-key-98765',
    z: `Basic ${basic}`,
  })
  const said = toReason(`gw-secret-abcdef123456, plain-key-98765, ${basic}, sesame-open-1, Basic ${basic}`, {
    keys,
    texts: [],
  })
  expect(said).not.toMatch(/gw-secret|plain-key|sesame/)
  expect(said).not.toContain(basic.slice(0, 8))
  expect(keysIn()).toEqual([])
})

test.each([
  ['', []],
  ['AAE=', [0, 1]],
  ['AA==', [0]],
  ['AAEC\nAwQF\n', [0, 1, 2, 3, 4, 5]],
  ['AAE', undefined],
  ['A===', undefined],
  ['AA=A', undefined],
  ['AA-_', undefined],
  ['你AAA', undefined],
])('the base64 %j is %j', (source, bytes) => {
  expect(decodeBase64(source)).toEqual(bytes && new Uint8Array(bytes))
})

test.each([
  ['http://a:1/', 'http://a:1/x', 'ws://a:1/x'],
  ['https://a//', 'https://a/x', 'wss://a/x'],
  [' https://a/api/predict/s/ ', 'https://a/api/predict/s/x', 'wss://a/api/predict/s/x'],
  ['wss://a/p?q=1#r', 'https://a/p/x', 'wss://a/p/x'],
  ['ws://[::1]:50000', 'http://[::1]:50000/x', 'ws://[::1]:50000/x'],
])('below %s there is %s', (base, http, socket) => {
  expect([httpAddress(base, '/x'), socketAddress(base, '/x')]).toEqual([http, socket])
})

test.each(['', 'a', 'ftp://a', 'https://key@a', 'https://:key@a'])('%j is no address, and is not repeated', (base) => {
  for (const address of [httpAddress, socketAddress])
    expect(() => address(base, '/x')).toThrow('bad-request: address-invalid')
})
