import { afterEach, describe, expect, test } from 'vitest'
import {
  type Answering,
  type OpenAiSpeechServer,
  says,
  saysJson,
  startOpenAiSpeechServer,
  W,
} from '../../../../test/support/openai-speech-server.ts'
import { anAsk } from '../../../../test/support/speech-fixtures.ts'
import type { OpenAiProfileId } from '../../../shared/endpoint/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire, type SpeechAsked } from '../../remote/index.ts'
import { speakBatch } from './batch.ts'
import type { OpenAiClientDeps } from './client.ts'
import { listOpenAiModels, listOpenAiVoices } from './discovery.ts'
import { deleteSiliconFlowVoice, listSiliconFlowVoices, uploadSiliconFlowVoice } from './siliconflow-voices.ts'
import type { VoiceAudio } from './speech-body.ts'
import { deleteVllmVoice, uploadVllmVoice } from './vllm-voices.ts'

const never = new AbortController().signal
const recording: VoiceAudio = { bytes: new Uint8Array(W), type: 'audio/wav', transcript: '希望你以后能够做得比我还好' }
const SOUND = [0, 1000, 2000, 3000, 2000, 1000, 0, -1000].map((sample) => sample / 32_768)

const opened: OpenAiSpeechServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) {
    await server.idle()
    await server[Symbol.asyncDispose]()
  }
})

const setUp = async (
  profile: OpenAiProfileId,
  answers: readonly Answering[] = [],
): Promise<{ server: OpenAiSpeechServer; deps: OpenAiClientDeps }> => {
  const server = await startOpenAiSpeechServer(profile)
  opened.push(server)
  server.next(...answers)
  const deps: OpenAiClientDeps = {
    wire: createWire({ clock: systemClock, isOffline: () => false }),
    clock: systemClock,
    endpoint: { baseUrl: server.baseUrl, apiKey: 'sk-right-1234', profile },
    decode: () => Promise.reject(new Error('nothing to decode')),
  }
  return { server, deps }
}

describe('what a server has', () => {
  test('are the models that it lists', async () => {
    const { deps } = await setUp('generic')
    expect(await listOpenAiModels(deps, never)).toEqual(['m-1', 'm-2'])
  })

  test.each([
    [{ voices: ['a', 'b', 'a'] }, ['a', 'b'], ['a', 'b']],
    [
      [{ id: 'a', name: 'Anna' }, { name: 'b' }, 7, {}],
      ['a', 'b'],
      ['Anna', 'b'],
    ],
    [{ voices: ['a'], uploaded_voices: [{ name: 'mine' }] }, ['a', 'mine'], ['a', 'mine']],
    [{ data: [{ voice_id: 'a', name: null }] }, ['a'], ['a']],
  ])('are voices, told as %j', async (body, voices, names) => {
    const { deps } = await setUp('generic', [saysJson(200, body)])
    const listed = await listOpenAiVoices(deps, never)
    expect(listed?.map(({ voice }) => voice)).toEqual(voices)
    expect(listed?.map(({ name }) => name)).toEqual(names)
  })

  test.each([404, 405])('is not known where the answer is %i: that is no failure', async (status) => {
    const { deps } = await setUp('generic', [says(status, ''), says(status, '')])
    expect(await listOpenAiModels(deps, never)).toBeUndefined()
    expect(await listOpenAiVoices(deps, never)).toBeUndefined()
  })

  test('is not asked of a server that lists nothing', async () => {
    const { server, deps } = await setUp('wcode')
    expect(await listOpenAiVoices(deps, never)).toBeUndefined()
    expect(server.requests).toEqual([])
  })

  test.each([
    [says(200, '<html>Log in</html>'), 'protocol'],
    [says(200, '{"data":'), 'protocol'],
    [saysJson(200, { error: { message: 'x', code: 'invalid_api_key' } }), 'auth'],
    [saysJson(401, {}), 'auth'],
    [saysJson(503, {}), 'unavailable'],
  ])('fails where what comes is no list', async (answer, failureClass) => {
    const { deps } = await setUp('generic', [answer])
    await expect(listOpenAiModels(deps, never)).rejects.toMatchObject({ failureClass })
  })

  test('is not waited for after a cancel', async () => {
    const controller = new AbortController()
    const { deps } = await setUp('generic', [() => controller.abort()])
    await expect(listOpenAiModels(deps, controller.signal)).rejects.toBeInstanceOf(AppCancel)
  })

  test('is not explained after a cancel', async () => {
    const controller = new AbortController()
    const explaining: Answering = async (answer) => {
      answer.writeHead(500)
      await new Promise((resolve) => answer.write('because', resolve))
      controller.abort()
    }
    const { deps } = await setUp('generic', [explaining])
    await expect(listOpenAiModels(deps, controller.signal)).rejects.toBeInstanceOf(AppCancel)
  })
})

describe('voices at SiliconFlow', () => {
  test('are made, listed and deleted', async () => {
    const { deps, server } = await setUp('siliconflow')
    const voice = await uploadSiliconFlowVoice(deps, { name: 'anna', model: 'm', recording }, never)
    expect(voice).toBe('speech:anna:x')
    const form = server.requests[0]?.body.toString('latin1') ?? ''
    expect(form).toContain('filename="voice.wav"')
    expect(form).toContain(W.toString('latin1'))
    expect(await listSiliconFlowVoices(deps, never)).toEqual([{ voice, name: 'anna', model: 'm', transcript: 't' }])
    expect(await listOpenAiVoices(deps, never)).toEqual([{ voice, name: 'anna' }])
    await deleteSiliconFlowVoice(deps, voice, never)
    expect(await listSiliconFlowVoices(deps, never)).toEqual([])
    await expect(deleteSiliconFlowVoice(deps, voice, never)).rejects.toMatchObject({ failureClass: 'voice-not-found' })
  })

  test('are asked for once, also where the server stumbles', async () => {
    const { deps, server } = await setUp('siliconflow', [saysJson(503, { code: 50_505, message: 'overloaded' })])
    const made = uploadSiliconFlowVoice(deps, { name: 'anna', model: 'm', recording }, never)
    await expect(made).rejects.toMatchObject({ failureClass: 'unavailable' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('voices at vLLM-Omni', () => {
  const voice = { name: 'anna/1', recording, consent: 'yes', description: 'calm' }

  test('are made, listed and deleted', async () => {
    const { deps } = await setUp('vllm-omni')
    await uploadVllmVoice(deps, voice, never)
    expect(await listOpenAiVoices(deps, never)).toEqual([{ voice: 'anna/1', name: 'anna/1' }])
    await deleteVllmVoice(deps, 'anna/1', never)
    expect(await listOpenAiVoices(deps, never)).toEqual([])
    await expect(deleteVllmVoice(deps, 'anna/1', never)).rejects.toMatchObject({ failureClass: 'voice-not-found' })
  })

  test('are not made of too much', async () => {
    const { deps, server } = await setUp('vllm-omni')
    const large = { ...recording, bytes: new Uint8Array(10 * 1024 * 1024 + 1) }
    await expect(uploadVllmVoice(deps, { ...voice, recording: large }, never)).rejects.toMatchObject({
      failureClass: 'bad-request',
    })
    expect(server.requests).toEqual([])
  })
})

describe('a batch', () => {
  const asking = (more: Partial<SpeechAsked> = {}): SpeechAsked => anAsk({ model: 'm-1', voice: 'anna', ...more })

  test('F6: says of each piece what became of it', async () => {
    const results = [
      { index: 1, status: 'error', error: 'Input text cannot be empty' },
      { index: 0, status: 'success', audio_data: W.toString('base64'), media_type: 'audio/wav' },
    ]
    const { deps, server } = await setUp('vllm-omni', [saysJson(200, { results, total: 2, succeeded: 1, failed: 1 })])
    const [first, second] = await speakBatch(deps, [asking(), asking({ text: '。' })], never)
    expect(first).toMatchObject({ kind: 'spoken', piece: { sampleRateHz: 24_000, warnings: [] } })
    expect(first?.kind === 'spoken' && [...first.piece.pcm]).toEqual(SOUND)
    expect(second).toMatchObject({
      kind: 'failed',
      failure: { failureClass: 'bad-request', facts: { reason: 'Input text cannot be empty' } },
    })
    expect(server.requests[0]?.json).toEqual({
      model: 'm-1',
      response_format: 'wav',
      items: [
        { input: '你好', voice: 'anna' },
        { input: '。', voice: 'anna' },
      ],
    })
  })

  test('sends what the server takes of each piece, and nothing of a piece that it does not take', async () => {
    const { deps, server } = await setUp('vllm-omni')
    const pieces = [
      asking({ text: '' }),
      asking({ speed: 1.5, instruct: 'softly', language: 'en', seed: 3 }),
      asking({ text: 'x'.repeat(1001) }),
    ]
    const [empty, spoken, long] = await speakBatch({ ...deps, voiceAudio: async () => recording }, pieces, never)
    expect(empty).toMatchObject({ kind: 'failed', failure: { failureClass: 'bad-request' } })
    expect(long).toMatchObject({ kind: 'failed', failure: { failureClass: 'text-too-long' } })
    expect(spoken).toMatchObject({
      kind: 'spoken',
      piece: { warnings: [{ field: 'seed' }, { field: 'language' }] },
    })
    expect(server.requests[0]?.json).toMatchObject({
      items: [{ input: '你好', speed: 1.5, instructions: 'softly', ref_text: recording.transcript }],
    })
  })

  test.each([
    ['that is not there', {}, 'protocol'],
    ['that is cut off', { index: 0, status: 'success', audio_data: 'UklGRjQAAABXQVZFZm1' }, 'network'],
    ['without sound', { index: 0, status: 'success' }, 'protocol'],
    ['of words', { index: 0, status: 'success', audio_data: Buffer.from('{"ok":1}').toString('base64') }, 'protocol'],
    ['that failed by itself', { index: 0, status: 'error', error: { message: 'x', code: 500 } }, 'unavailable'],
    ['that failed without a word', { index: 0, status: 'error' }, 'bad-request'],
  ])('keeps a result %s apart', async (_what, result, failureClass) => {
    const { deps } = await setUp('vllm-omni', [saysJson(200, { results: [result] })])
    expect(await speakBatch(deps, [asking()], never)).toMatchObject([{ kind: 'failed', failure: { failureClass } }])
  })

  test('fails as a whole where the server refuses it', async () => {
    const { deps } = await setUp('vllm-omni', [saysJson(503, {})])
    await expect(speakBatch(deps, [asking()], never)).rejects.toMatchObject({ failureClass: 'unavailable' })
  })

  test('of nothing that can be sent sends nothing', async () => {
    const { deps, server } = await setUp('vllm-omni')
    expect(await speakBatch(deps, [asking({ text: ' ' })], never)).toMatchObject([{ kind: 'failed' }])
    expect(server.requests).toEqual([])
  })
})
