import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RemoteFailure } from '../../remote/index.ts'
import { parseEasAnswer, parseEasFrame } from './eas-messages.ts'

const FIELDS = [
  'output',
  'audio',
  'data',
  'error',
  'message',
  'header',
  'payload',
  'event',
  'request_id',
  'code',
] as const
const { message: anyMessage } = fc.letrec((tie) => ({
  message: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.jsonValue(),
    fc.constantFrom('UklG', '', 'stop', 'task-failed', null),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('message'), { maxKeys: 6 }),
    fc.array(tie('message'), { maxLength: 3 }),
  ),
}))

test.each([
  ['an answer', parseEasAnswer],
  ['a frame', parseEasFrame],
])('%s of whatever shape is read, or fails as none', (_what, parse) => {
  const check = (source: string): void => {
    try {
      const found: { audio: string | undefined } = parse(source)
      expect(['string', 'undefined']).toContain(typeof found.audio)
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      expect(error.failureClass).toBe('protocol')
    }
  }
  fc.assert(fc.property(anyMessage, (message) => check(JSON.stringify(message))))
  fc.assert(fc.property(fc.string(), check))
})
