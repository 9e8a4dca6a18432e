import { expect, test } from 'vitest'
import { RemoteFailure } from '../../remote/index.ts'
import { failureOfRefusal, isAddressRefusal, masked, voiceHintOf } from './voice-failure.ts'

const failureOf = (status: number, code: string | null, message = 'm', secrets: readonly string[] = []) =>
  failureOfRefusal({ status, code, message, requestId: 'q', retryAfterMs: undefined }, secrets)

/** The table of B.5, and what of the service's other failures can come here. */
test.each([
  [415, 'BadRequest.InputDownloadFailed', 'm', 'bad-request', 'address'],
  [400, 'BadRequest.ResourceNotExist', 'm', 'bad-request', 'address'],
  [400, 'InvalidParameter', 'input.url is invalid', 'bad-request', 'address'],
  [415, 'BadRequest.UnsupportedFileFormat', 'm', 'bad-request', 'format'],
  [430, 'Audio.DecoderError', 'm', 'bad-request', 'format'],
  [430, 'Audio.FileSizeExceed', 'm', 'bad-request', 'size'],
  [400, 'Audio.AudioRateError', 'm', 'bad-request', 'rate'],
  [430, 'Audio.AudioShortError', 'm', 'bad-request', 'sample'],
  [430, 'Audio.AudioSilentError', 'm', 'bad-request', 'sample'],
  [430, 'Audio.DurationLimitError', 'm', 'bad-request', 'sample'],
  [430, 'Audio.PreprocessError', 'm', 'bad-request', 'sample'],
  [400, 'BadRequest.VoiceNotFound', 'm', 'voice-not-found', undefined],
  [400, 'InvalidParameter', 'Maximum voice-clone voice limit exceeded.', 'quota', 'delete-voices'],
  [400, 'InvalidParameter', 'voice_prompt length limit exceeded', 'bad-request', undefined],
  [400, 'Arrearage', 'm', 'quota', undefined],
  [401, 'InvalidApiKey', 'm', 'auth', undefined],
  [403, 'AccessDenied', 'm', 'auth', undefined],
  [403, 'AccessDenied.Unpurchased', 'm', 'quota', undefined],
  [429, 'Throttling.RateQuota', 'm', 'rate-limit', undefined],
  [429, 'Throttling.AllocationQuota', 'm', 'quota', undefined],
  [500, 'ModelServiceFailed', 'm', 'unavailable', 'sample'],
  [500, 'InternalError.Algo', 'audio preprocess server error', 'unavailable', 'sample'],
  [500, 'InternalError.Timeout', 'm', 'timeout', undefined],
  [400, 'DataInspectionFailed', 'm', 'content-blocked', undefined],
  [404, 'ModelNotFound', 'm', 'model-mismatch', undefined],
  [400, 'InvalidParameter', 'Model not exist.', 'model-mismatch', undefined],
  [400, 'Whatever', 'm', 'bad-request', undefined],
  [200, 'Whatever', 'm', 'bad-request', undefined],
  [503, 'Whatever', 'm', 'unavailable', undefined],
])('%i %s (%s) is %s, hint %s', (status, code, message, failureClass, hint) => {
  const failure = failureOf(status, code, message)
  expect([failure.failureClass, voiceHintOf(failure)]).toEqual([failureClass, hint])
  expect(failure.facts).toMatchObject({ httpStatus: status, code, requestId: 'q', reason: `${code}: ${message}` })
})

test('without a name the status decides', () => {
  expect(failureOf(502, null, '').facts).toMatchObject({ reason: 'http-status', params: { status: 502 } })
  expect(failureOf(502, null, '').failureClass).toBe('unavailable')
  expect(isAddressRefusal(failureOf(413, null).facts)).toBe(true)
  expect(voiceHintOf(new RemoteFailure('network', { reason: 'x' }))).toBeUndefined()
})

test('keys, addresses and what else is named are not repeated, and nothing is told at length', () => {
  const words =
    'key sk-0123456789ab or st-temporary-1; got https://bucket.example/a.wav?Signature=x%3D, oss://dir/a.wav, "data:audio/wav;base64,AAAA" and a secret text'
  expect(masked(words, ['a secret text', '', 'key'])).toBe(
    'key *** or ***; got https://*** oss://*** "data:***" and ***',
  )
  expect(masked('x'.repeat(1000), [])).toHaveLength(300)
})
