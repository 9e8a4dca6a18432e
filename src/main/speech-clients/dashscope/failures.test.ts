import { expect, test } from 'vitest'
import { RemoteFailure } from '../../remote/index.ts'
import { classOfDashscopeError, closeFailure, statusFailure, taskFailure, withoutSecrets } from './failures.ts'

test('of a direction or a language that a voice does not take a person is told what to do', () => {
  const words = '[tts:]Engine return error code: 428'
  const failure = taskFailure({ code: 'InvalidParameter', message: words, requestId: undefined })
  expect(failure.facts).toMatchObject({ reason: 'refused-by-voice', params: { detail: words } })
  const refused = statusFailure(400, JSON.stringify({ code: 'InvalidParameter', message: words }))
  expect(refused.facts).toMatchObject({ reason: 'refused-by-voice', params: { detail: words }, httpStatus: 400 })
})

test.each([
  ['InvalidParameter', '[cosyvoice:]Engine return error code: 418', 'voice-not-found'],
  ['InvalidParameter', '[tts:]Engine return error code: 411', 'model-mismatch'],
  ['InvalidParameter', '[tts:]Engine return error code: 431', 'model-mismatch'],
  ['InvalidParameter', '[tts:]Engine return error code: 428', 'bad-request'],
  ['InvalidParameter', 'request timeout after 23 seconds.', 'timeout'],
  ['CLIENT_ERROR', 'request timeout after 23 seconds.', 'timeout'],
  ['InvalidParameter', 'Please ensure input text is valid.', 'bad-request'],
  ['InvalidParameter', 'Text request limit violated, expected 1.', 'bad-request'],
  ['InvalidParameter', 'SSML text is not supported at the moment!', 'bad-request'],
  ['InvalidParameter', 'Request voice is invalid!', 'voice-not-found'],
  ['InvalidParameter', 'Missing required parameter: voice', 'protocol'],
  ['InvalidParameter', 'task can not be null', 'protocol'],
  ['InvalidParameter', 'Model not exist.', 'model-mismatch'],
  ['ModelNotFound', '', 'model-mismatch'],
  ['InvalidParameter', 'something new', 'bad-request'],
  ['Arrearage', '', 'quota'],
  ['AllocationQuota.FreeTierOnly', '', 'quota'],
  ['PrepaidBillOverdue', '', 'quota'],
  ['PostpaidBillOverdue', '', 'quota'],
  ['CommodityNotPurchased', '', 'quota'],
  ['isv.OUT_OF_SERVICE', '', 'quota'],
  ['Throttling.AllocationQuota', '', 'quota'],
  ['insufficient_quota', '', 'quota'],
  ['AccessDenied.Unpurchased', '', 'quota'],
  ['Throttling', '', 'rate-limit'],
  ['Throttling.RateQuota', '', 'rate-limit'],
  ['LimitRequests', '', 'rate-limit'],
  ['Throttling.BurstRate', '', 'rate-limit'],
  ['Throttling.Concurrency', '', 'rate-limit'],
  ['DataInspectionFailed', '', 'content-blocked'],
  ['data_inspection_failed', '', 'content-blocked'],
  ['InvalidApiKey', '', 'auth'],
  ['invalid_api_key', '', 'auth'],
  ['NOT AUTHORIZED', '', 'auth'],
  ['AccessDenied', '', 'auth'],
  ['AccessDenied.Foo', '', 'auth'],
  ['Model.AccessDenied', '', 'auth'],
  ['Workspace.AccessDenied', '', 'auth'],
  ['Endpoint.AccessDenied', '', 'auth'],
  ['InternalError', '', 'unavailable'],
  ['InternalError.Algo', '', 'unavailable'],
  ['InternalError.Timeout', '', 'timeout'],
  ['SystemError', '', 'unavailable'],
  ['RequestTimeOut', '', 'timeout'],
  ['ResponseTimeout', '', 'timeout'],
  ['ModelServiceFailed', '', 'unavailable'],
  ['ModelUnavailable', '', 'unavailable'],
  ['ServiceUnavailable', '', 'unavailable'],
  ['INVALIDPARAMETER', 'ENGINE RETURN ERROR CODE: 418', 'voice-not-found'],
  ['SomethingElse', 'of which nobody knows', undefined],
  ['InvalidParameter', 'error code: 4180', 'bad-request'],
] as const)('%s %s is %s', (code, message, failureClass) => {
  expect(classOfDashscopeError(code, message)).toBe(failureClass)
})

test('a code that nobody knows is left to the status of an answer, and is protocol in a frame', () => {
  const body = '{"code":"Odd","message":"odd","request_id":"q"}'
  expect(statusFailure(503, body)).toMatchObject({
    failureClass: 'unavailable',
    facts: { reason: 'odd', code: 'Odd', requestId: 'q', httpStatus: 503 },
  })
  expect(statusFailure(429, 'busy', 2000)).toMatchObject({
    failureClass: 'rate-limit',
    facts: { reason: 'http-status', params: { status: 429 }, retryAfterMs: 2000 },
  })
  expect(statusFailure(400, '{"code":"","message":"x"}').facts.reason).toBe('http-status')
  expect(taskFailure({ code: 'Odd', message: '', requestId: undefined })).toMatchObject({
    failureClass: 'protocol',
    facts: { reason: 'Odd', code: 'Odd' },
  })
})

test('a close without a word is that of a broken connection', () => {
  expect(closeFailure(undefined)).toMatchObject({ failureClass: 'network', facts: { closeCode: 1006 } })
})

test('keys and texts are taken out of what a server says, and what is long is cut', () => {
  const said = `your key sk-AbCdEf123456 or st-temporary1234 or QWERTY99 cannot say 你好世界${'!'.repeat(400)}`
  const failure = withoutSecrets(
    new RemoteFailure('auth', { reason: said, cause: new Error(said), httpStatus: 401 }),
    'QWERTY99',
    ['你好世界'],
  )
  expect(failure.facts.reason).toMatch(/^your key sk-\*\*\*3456 or sk-\*\*\*1234 or sk-\*\*\*TY99 cannot say …!+$/)
  expect(failure.facts.reason.length).toBe(300)
  expect(failure.facts).toMatchObject({ httpStatus: 401 })
  expect(failure.cause).toBeUndefined()
})

test('keys and texts are taken out of what a close says', () => {
  const { facts } = withoutSecrets(closeFailure({ code: 1011, reason: 'QWERTY99 cannot say 你好世界' }), 'QWERTY99', [
    '你好世界',
  ])
  expect(facts).toMatchObject({ reason: 'closed', params: { closeCode: 1011, detail: 'sk-***TY99 cannot say …' } })
})

test('a code and a request’s name are no place for keys either', () => {
  const failure = withoutSecrets(
    new RemoteFailure('protocol', { reason: 'x', code: 'no QWERTY99', requestId: 'QWERTY99' }),
    'QWERTY99',
    [],
  )
  expect(failure.facts).toEqual({ reason: 'x', code: 'no sk-***TY99', requestId: 'sk-***TY99' })
})
