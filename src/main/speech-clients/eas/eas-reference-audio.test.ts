import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EasServer, startEasServer } from '../../../../test/support/eas-server.ts'
import { stillClock, W } from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createWire } from '../../remote/index.ts'
import { createEasReferenceAudio, easBitRate } from './index.ts'

const never = new AbortController().signal
let server: EasServer
beforeEach(async () => {
  server = await startEasServer()
})
afterEach(async () => {
  await server.settled()
  await server[Symbol.asyncDispose]()
})

const store = ({ baseUrl = server.baseUrl, token = server.token } = {}) => {
  const { clock } = stillClock()
  return createEasReferenceAudio({
    wire: createWire({ clock, isOffline: () => false }),
    clock,
    endpoint: { baseUrl, token },
  })
}
const recording = { file: W, fileName: 'a.wav', transcript: '希望你以后能够做的比我还好呦。' }

describe('reference audio', () => {
  test('D11: is uploaded with its transcript, found again, and deleted', async () => {
    const references = store()
    const made = await references.upload(recording, never)
    expect(made).toEqual({
      id: expect.any(String),
      fileName: 'a.wav',
      sizeBytes: W.length,
      createdAtEpochMs: 1_748_416_005_000,
      transcript: recording.transcript,
    })
    expect(await references.get(made.id, never)).toEqual(made)
    expect((await references.list({}, never)).map(({ id }) => id)).toEqual([made.id, 'ref1'])
    expect((await references.list({ limit: 1, order: 'asc' }, never)).map(({ id }) => id)).toEqual(['ref1'])
    await references.delete(made.id, never)
    await expect(references.get(made.id, never)).rejects.toMatchObject({ failureClass: 'voice-not-found' })
    await expect(references.delete(made.id, never)).rejects.toMatchObject({ failureClass: 'voice-not-found' })
    expect(server.violations).toEqual([])
  })

  test('of which only the id is known is told as that, and what has none is left out', async () => {
    server.references.clear()
    server.references.set('odd', { id: 'odd/ 名', filename: 5, bytes: -1, created_at: 'then', text: null, more: true })
    server.references.set('none', { filename: 'a.wav' })
    server.references.set('null', [])
    expect(await store().list({ order: 'asc' }, never)).toEqual([
      { id: 'odd/ 名', fileName: null, sizeBytes: null, createdAtEpochMs: null, transcript: null },
    ])
  })

  test('is asked for by an id that is written as part of an address', async () => {
    server.references.set('a/b?c', { id: 'a/b?c' })
    expect((await store().get('a/b?c', never)).id).toBe('a/b?c')
  })

  test.each([
    ['without sound', { ...recording, file: new Uint8Array() }],
    ['without a transcript', { ...recording, transcript: ' ' }],
  ])('%s is not sent', async (_what, audio) => {
    await expect(store().upload(audio, never)).rejects.toMatchObject({ failureClass: 'bad-request' })
    expect(server.seen).toEqual([])
  })

  test('of another kind than the service takes is refused in its words, once', async () => {
    const upload = store().upload({ ...recording, fileName: 'a.flac' }, never)
    await expect(upload).rejects.toMatchObject({ failureClass: 'bad-request', facts: { httpStatus: 400 } })
    expect(server.seen).toHaveLength(1)
  })

  test('that is refused in words that repeat it is refused without them', async () => {
    server.uploads.push((answer) => {
      answer.head(400)
      answer.end(`too loud: ${recording.transcript}`)
    })
    await expect(store().upload(recording, never)).rejects.toMatchObject({ facts: { reason: 'too loud: …' } })
  })

  test('is refused without the token, and not found where there is no service', async () => {
    await expect(store({ token: 'no' }).list({}, never)).rejects.toMatchObject({ failureClass: 'auth' })
    const nowhere = store({ baseUrl: `${server.baseUrl}/nowhere` })
    await expect(nowhere.list({}, never)).rejects.toMatchObject({ failureClass: 'protocol' })
    await expect(nowhere.get('ref1', never)).rejects.toMatchObject({ failureClass: 'protocol' })
  })

  test('that is asked for by somebody who has left is not asked for', async () => {
    await expect(store().list({}, AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
    expect(server.seen).toEqual([])
  })

  test('whose answer is something else fails as that', async () => {
    server.references.set('ref1', { name: 'no id' })
    await expect(store().get('ref1', never)).rejects.toMatchObject({ failureClass: 'protocol' })
  })
})

test.each([
  [1, '16k'],
  [16, '16k'],
  [17, '32k'],
  [100, '128k'],
  [384, '384k'],
  [500, '384k'],
])('of %i kbit/s the service has %s', (wantedKbps, bitRate) => {
  expect(easBitRate(wantedKbps)).toBe(bitRate)
})
