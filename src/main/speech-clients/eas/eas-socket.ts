import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock/index.ts'
import {
  classOfClose,
  ownReason,
  RemoteFailure,
  type SocketMessage,
  type SpeechEvent,
  type Wire,
  type WireSocket,
  wordsOf,
} from '../../remote/index.ts'
import { socketAddress } from '../address.ts'
import { failureOfWords, type Private, saidOr, toReason, wordsOfBody } from '../server-words.ts'
import { classOfWords, type EasEndpoint, easHeaders } from './eas-endpoint.ts'
import { parseEasFrame } from './eas-messages.ts'
import type { EasRequest } from './eas-request.ts'
import type { EasSound } from './eas-sound.ts'

/** Another name than over HTTP. */
const MODEL = 'cosyvoice-v2'
const CONNECT_MS = 10_000
const FIRST_MS = 60_000
const IDLE_MS = 30_000
const TOTAL_MS = 300_000

type SocketDeps = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: EasEndpoint & { readonly webSocketUrl?: string }
}

const opened = async ({ wire, endpoint }: SocketDeps, hidden: Private, signal: AbortSignal): Promise<WireSocket> => {
  const { baseUrl, webSocketUrl } = endpoint
  const url =
    webSocketUrl === undefined ? socketAddress(baseUrl, '/api-ws/v1/audio/speech') : socketAddress(webSocketUrl, '')
  try {
    return await wire.openSocket({ url, headers: easHeaders(endpoint), headMs: CONNECT_MS }, signal)
  } catch (error) {
    if (!(error instanceof RemoteFailure)) throw error
    const body = wordsOf(error.facts)
    if (body === undefined) throw error
    const { params: _, ...facts } = error.facts
    throw new RemoteFailure(error.failureClass, {
      ...facts,
      ...saidOr(toReason(wordsOfBody(body).message, hidden), facts.httpStatus),
    })
  }
}

/** @returns undefined where the other side has closed */
const nextMessage = async (
  socket: WireSocket,
  clock: Clock,
  waitMs: number,
  endsAtEpochMs: number,
  signal: AbortSignal,
): Promise<SocketMessage | undefined> => {
  const leftMs = endsAtEpochMs - clock.nowEpochMs()
  if (leftMs <= 0) throw new RemoteFailure('timeout', ownReason('took-longer', { seconds: TOTAL_MS / 1000 }))
  for await (const message of socket.messages({ idleMs: Math.min(waitMs, leftMs) }, signal)) return message
  return undefined
}

const closed = ({ close }: WireSocket, hidden: Private): RemoteFailure => {
  const closeCode = close?.code ?? 1006
  return new RemoteFailure(classOfClose(closeCode), {
    ...ownReason('closed', { closeCode, detail: toReason(close?.reason ?? '', hidden) || 'none' }),
    closeCode,
  })
}

/** Speaks over a connection of its own; it ends with `task-finished`. @source cosyvoice cloud-apis D.4 */
export async function* speakOverSocket(
  deps: SocketDeps,
  request: EasRequest,
  sound: EasSound,
  hidden: Private,
  signal: AbortSignal,
): AsyncGenerator<SpeechEvent> {
  const { clock } = deps
  const endsAtEpochMs = clock.nowEpochMs() + TOTAL_MS
  const socket = await opened(deps, hidden, signal)
  const taskId = randomUUID()
  const send = (action: string, payload: object): void =>
    socket.send(JSON.stringify({ header: { action, task_id: taskId, streaming: 'duplex' }, payload }))
  let isRunning = false
  try {
    send('run-task', {
      task_group: 'audio',
      task: 'tts',
      function: 'SpeechSynthesizer',
      model: MODEL,
      parameters: request.input,
      input: {},
    })
    for (;;) {
      const message = await nextMessage(socket, clock, sound.hasCome ? IDLE_MS : FIRST_MS, endsAtEpochMs, signal)
      if (message === undefined) throw closed(socket, hidden)
      const frame = typeof message === 'string' ? parseEasFrame(message) : undefined
      if (frame?.taskId !== undefined && frame.taskId !== taskId) continue
      const piece = frame ? frame.audio : message
      if (frame?.event === 'task-failed')
        throw failureOfWords(classOfWords(frame.failure.message), frame.failure, hidden, taskId)
      if (frame?.event === 'task-finished') {
        if (isRunning) yield { kind: 'usage', characters: null, requestId: taskId }
        return
      }
      if (frame?.event === 'task-started' && !isRunning) {
        isRunning = true
        send('continue-task', { input: { text: request.text } })
        send('finish-task', { input: {} })
      } else if (piece !== undefined && (!frame || frame.event === 'result-generated')) {
        if (isRunning) yield* sound.push(piece)
        else yield { kind: 'warning', field: 'sound', reason: 'came-early' }
      }
    }
  } finally {
    socket.destroy()
  }
}
