import { describe, expect, test } from 'vitest'
import { FAILURE_CLASSES, type FailureClass, RemoteFailure, type SpeechClient } from '../src/main/remote/index.ts'
import { createTranslator, errorTexts } from '../src/shared/i18n/index.ts'
import type { AppErrorCode, Remedy } from '../src/shared/kernel/index.ts'
import { hear } from './support/hear.ts'
import { anAsk } from './support/speech-fixtures.ts'

/** Fails always, before or after sound. */
const failing = (failureClass: FailureClass, isAfterSound: boolean): SpeechClient => ({
  async *speak({ sampleRateHz }) {
    if (isAfterSound) yield { kind: 'sound', pcm: new Float32Array(240), sampleRateHz }
    throw new RemoteFailure(failureClass, { reason: 'SAID-BY-SERVER', requestId: 'r-1' })
  },
  [Symbol.asyncDispose]: async () => undefined,
})

type Row = {
  readonly delaysMs: readonly number[]
  readonly delaysAfterSoundMs: readonly number[]
  readonly code: AppErrorCode
  readonly remedies: readonly Remedy[]
  readonly en: RegExp
  readonly zh: RegExp
}

/** @source cosyvoice cloud-apis I; after sound the queue waits half a second at least */
const TABLE: Readonly<Record<FailureClass, Row>> = {
  auth: {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.unauthorized' },
    ...{ remedies: ['enter-key', 'choose-another-engine'], en: /refused the key/, zh: /拒绝了密钥/ },
  },
  quota: {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.quota' },
    ...{ remedies: ['open-engines', 'choose-another-engine'], en: /nothing left/, zh: /额度已用完/ },
  },
  'rate-limit': {
    ...{ delaysMs: [1000, 2000, 4000, 8000], delaysAfterSoundMs: [1000], code: 'cloud.rate-limited' },
    ...{ remedies: ['try-again', 'choose-another-engine'], en: /too often/, zh: /过于频繁/ },
  },
  'bad-request': {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.rejected' },
    ...{ remedies: ['choose-another-engine', 'report'], en: /refused the request/, zh: /拒绝了请求/ },
  },
  'text-too-long': {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.text-too-long' },
    ...{ remedies: ['split-long-lines'], en: /text of this length/, zh: /不接受此长度/ },
  },
  'voice-not-found': {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.voice-not-found' },
    ...{ remedies: ['choose-another-voice'], en: /does not know the voice/, zh: /不认识该音色/ },
  },
  'model-mismatch': {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.model-mismatch' },
    ...{ remedies: ['open-engines', 'choose-another-voice'], en: /voice and model/, zh: /音色与该模型/ },
  },
  unavailable: {
    ...{ delaysMs: [1000, 2000, 4000], delaysAfterSoundMs: [1000], code: 'cloud.unavailable' },
    ...{ remedies: ['try-again', 'choose-another-engine'], en: /does not answer/, zh: /无法正常响应/ },
  },
  network: {
    ...{ delaysMs: [500, 1000, 2000], delaysAfterSoundMs: [500], code: 'cloud.unreachable' },
    ...{ remedies: ['try-again', 'choose-another-engine'], en: /not reached/, zh: /无法连接/ },
  },
  timeout: {
    ...{ delaysMs: [0], delaysAfterSoundMs: [500], code: 'cloud.timeout' },
    ...{ remedies: ['try-again', 'choose-another-engine'], en: /took too long/, zh: /超时/ },
  },
  protocol: {
    ...{ delaysMs: [0], delaysAfterSoundMs: [500], code: 'cloud.protocol' },
    ...{ remedies: ['open-engines', 'report'], en: /does not understand/, zh: /无法理解/ },
  },
  'content-blocked': {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.content-blocked' },
    ...{ remedies: ['choose-another-engine'], en: /does not speak this text/, zh: /拒绝朗读/ },
  },
  offline: {
    ...{ delaysMs: [], delaysAfterSoundMs: [], code: 'cloud.offline' },
    ...{ remedies: ['open-settings', 'choose-another-engine'], en: /stay offline/, zh: /离线/ },
  },
}

describe.each(FAILURE_CLASSES)('a request that fails with %s', (failureClass) => {
  const { delaysMs, delaysAfterSoundMs, code, remedies, en, zh } = TABLE[failureClass]

  test.each([
    ['before', false, delaysMs],
    ['after', true, delaysAfterSoundMs],
  ] as const)('%s sound is tried again as the table says', async (_, isAfterSound, delays) => {
    const heard = await hear(failing(failureClass, isAfterSound), anAsk())
    expect(heard.delaysMs).toEqual(delays)
    expect(heard.failures).toHaveLength(delays.length + 1)
    expect(heard.failure).toMatchObject({ failureClass })
  })

  test('is told: what it is, why, and what can be done', async () => {
    const { told } = await hear(failing(failureClass, false), anAsk())
    expect(told).toMatchObject({ code, remedies, retryable: false })
    for (const [language, words] of [
      ['en', en],
      ['zh-Hans', zh],
    ] as const) {
      const { what, why } = errorTexts(createTranslator(language), { code, params: told?.params ?? {} })
      expect(why).toMatch(words)
      expect(why).toContain('Far')
      if (failureClass !== 'offline') expect(why).toContain('SAID-BY-SERVER')
      expect(`${what} ${why}`).not.toMatch(/[{}…]|none/)
    }
  })
})
