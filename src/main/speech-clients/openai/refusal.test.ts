import { expect, test } from 'vitest'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire, RemoteFailure, type WireAnswer } from '../../remote/index.ts'
import { createRefusals } from './refusal.ts'

const refusals = createRefusals(
  {
    wire: createWire({ clock: systemClock, isOffline: () => true }),
    clock: systemClock,
    endpoint: { baseUrl: 'http://127.0.0.1/v1', profile: 'generic' },
  },
  [],
)
const answer = (status: number): WireAnswer => ({
  status,
  header: () => null,
  bytes: async () => new Uint8Array(),
  text: async () => '',
  async *pieces() {},
})
const failureOf = (status: number, body: unknown) =>
  refusals.ofBody(answer(status), typeof body === 'string' ? body : JSON.stringify(body))

test.each([
  [400, { error: { message: 'Bad', type: 'invalid_request_error' } }, 'bad-request'],
  [400, { error: { message: 'input is too long' } }, 'text-too-long'],
  [400, { error: { message: 'at most 4096 characters' } }, 'text-too-long'],
  [400, { error: { message: 'Unknown voice x' } }, 'voice-not-found'],
  [400, { code: 20_012, message: 'Model does not exist. Please check it carefully.', data: null }, 'bad-request'],
  [400, { error: { message: 'x', code: 'invalid_api_key' } }, 'auth'],
  [401, { error: { message: 'x', code: 'invalid_api_key' } }, 'auth'],
  [400, { error: 'invalid_api_key', message: 'x' }, 'auth'],
  [402, 'pay', 'quota'],
  [403, { error: { message: 'Country not supported', type: 'permission' } }, 'auth'],
  [403, { code: 'INSUFFICIENT_BALANCE', message: 'Insufficient account balance' }, 'quota'],
  [404, { error: { message: 'No such model', code: 'model_not_found' } }, 'model-mismatch'],
  [404, { error: { message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 } }, 'model-mismatch'],
  [404, { error: { message: 'voice x not found' } }, 'voice-not-found'],
  [404, { detail: 'Not Found' }, 'protocol'],
  [404, '<html>the voice model of this page</html>', 'protocol'],
  [405, { detail: 'Method Not Allowed' }, 'bad-request'],
  [408, '', 'timeout'],
  [413, 'large', 'text-too-long'],
  [422, { detail: [{ loc: ['body', 'voice'], msg: 'Field required', type: 'missing' }] }, 'bad-request'],
  [
    422,
    {
      detail: [{ loc: ['body', 'input'], msg: 'String should have at most 4096 characters', type: 'string_too_long' }],
    },
    'text-too-long',
  ],
  [429, { error: { message: 'slow down' } }, 'rate-limit'],
  [429, { error: { message: 'x', code: 'insufficient_quota' } }, 'quota'],
  [429, { error: { message: 'x', type: 'insufficient_quota', code: null } }, 'quota'],
  [500, { error: { message: 'insufficient balance of shards', type: 'server_error' } }, 'unavailable'],
  [502, '<html>', 'unavailable'],
  [503, { code: 50_505, message: 'overloaded', data: null }, 'unavailable'],
  [504, '', 'timeout'],
  [200, { error: { message: 'x', type: 'BadRequestError', code: 400 } }, 'bad-request'],
  [200, { error: { message: 'no such voice', type: 'NotFoundError', code: '404' } }, 'voice-not-found'],
  [200, { code: 50_505, message: 'overloaded' }, 'unavailable'],
  [200, { error: { message: 'x', type: 'server_error' } }, 'unavailable'],
  [200, { error: 'x', code: 429 }, 'rate-limit'],
  [200, { error: { message: 'x', code: 503 } }, 'unavailable'],
  [200, { code: 20_012, message: 'x' }, 'bad-request'],
  [200, { ok: true }, 'protocol'],
  [200, '<html>Log in</html>', 'protocol'],
  [200, { error: { message: 'x', code: 'constructor', type: '__proto__' } }, 'bad-request'],
  [400, { error: { message: 'x', code: 'content_policy_violation' } }, 'content-blocked'],
])('%i with %j is %s', (status, body, failureClass) => {
  expect(failureOf(status, body)).toMatchObject({ failureClass, facts: { httpStatus: status } })
})

test.each([
  [{ error: { message: 'a' } }, 'a'],
  [{ error: 'a' }, 'a'],
  [{ error: 'code_a', message: 'a' }, 'a'],
  [{ message: 'a' }, 'a'],
  [{ detail: 'a' }, 'a'],
  [{ detail: { error: { message: 'a' } } }, 'a'],
  [{ detail: [{ loc: ['body', 'prompt_wav'], msg: 'Field required', type: 'missing' }] }, 'prompt_wav: Field required'],
  [
    {
      detail: [
        { loc: ['body', 'items', 0, 'input'], msg: 'a' },
        { loc: [], msg: 'b' },
      ],
    },
    'items.0.input: a; b',
  ],
  [{ code: 1, message: 'a', data: null }, 'a'],
  ['"a"', 'a'],
  ['plain\n  words', 'plain words'],
  [{ other: 'a' }, '{"other":"a"}'],
  ['', 'http-status'],
  [{ error: { message: '' } }, 'http-status'],
  ['x'.repeat(1000), 'x'.repeat(300)],
  [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'http-status'],
])('the reason of %j', (body, reason) => {
  expect(failureOf(400, body).facts.reason).toBe(reason)
})

async function* thenFails(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from('because')
  throw error
}

test('an explanation that breaks off is taken as far as it came; a cancel is none', async () => {
  const broken = thenFails(new RemoteFailure('network', { reason: 'gone' }))
  expect(await refusals.ofAnswer(answer(500), broken)).toMatchObject({
    failureClass: 'unavailable',
    facts: { reason: 'because' },
  })
  await expect(refusals.ofAnswer(answer(500), thenFails(new AppCancel()))).rejects.toBeInstanceOf(AppCancel)
})
