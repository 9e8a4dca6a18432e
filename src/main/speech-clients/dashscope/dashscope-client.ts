import { randomUUID } from 'node:crypto'
import { countCharacters, DASHSCOPE_LIMITS } from '../../../shared/endpoint/index.ts'
import { ownReason, RemoteFailure, type SpeechClient, type SpeechEvent, type WireSocket } from '../../remote/index.ts'
import { addressesOf, type DashscopeDeps, headersOf, withKey } from './endpoint.ts'
import { upgradeFailure, withoutSecrets } from './failures.ts'
import { continueTask, finishTask, runTask } from './messages.ts'
import { checkText, type Manner, taskParameters } from './parameters.ts'
import { createSocketPool } from './socket-pool.ts'
import { createDeadlines, type Deadlines, PATIENCE, receive } from './task-deadlines.ts'
import { createTaskListener, type TaskListener } from './task-listener.ts'

/** Closes that answer what was sent: another connection would be closed the same way. */
const ANSWERING_CLOSES = [1007, 1008, 1009]

/** DashScope by its WebSocket. */
export interface DashscopeClient extends SpeechClient {
  /**
   * Speaks a text that is still being written, as one task. A piece is sent when it comes; not later than 23 s after the one
   * before, else the server ends the task. Where it fails, `texts` is returned and not read further.
   * @throws as `speak`; RemoteFailure `bad-request` for SSML, which the server takes in one piece only; what `texts` throws
   */
  speakPushed(manner: Manner, texts: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<SpeechEvent>
}

const isDeath = (error: unknown): boolean => {
  if (!(error instanceof RemoteFailure)) return false
  const { closeCode } = error.facts
  return closeCode === undefined ? error.failureClass === 'network' : !ANSWERING_CLOSES.includes(closeCode)
}

/** Of a connection that was kept: whatever cut it off without a word may have cut off the others. */
const isSilence = (error: unknown): boolean =>
  error instanceof RemoteFailure && error.failureClass === 'timeout' && error.facts.reason === 'no-answer'

/** A task that the server has begun. */
type Task = {
  readonly socket: WireSocket
  readonly taskId: string
  readonly listener: TaskListener
  readonly deadlines: Deadlines
}

/**
 * @param deps `endpoint.baseUrl` of any of the API's addresses
 * @source Alibaba Cloud Model Studio, CosyVoice WebSocket API
 */
export const createDashscopeClient = ({ wire, clock, endpoint, onOddity }: DashscopeDeps): DashscopeClient => {
  const pool = createSocketPool(clock)
  const closing = new AbortController()
  const charactersPerSend = endpoint.charactersPerSend ?? DASHSCOPE_LIMITS.charactersPerSend
  const region = endpoint.region ?? 'cn'

  /** A key that was used last: what the server says may hold it. */
  let usedKey: string | undefined

  const openFresh = async (signal: AbortSignal): Promise<WireSocket> => {
    const url = addressesOf(endpoint).webSocket
    return withKey(endpoint, signal, async (key) => {
      usedKey = key
      try {
        return await wire.openSocket({ url, headers: headersOf(endpoint, key), headMs: PATIENCE.connectMs }, signal)
      } catch (error) {
        throw error instanceof RemoteFailure ? upgradeFailure(error) : error
      }
    })
  }

  type Run = {
    readonly model: string
    readonly parameters: Readonly<Record<string, unknown>>
    readonly sampleRateHz: number
  }

  const begun = async (socket: WireSocket, run: Run, signal: AbortSignal): Promise<Task> => {
    const taskId = randomUUID()
    const listener = createTaskListener({ taskId, sampleRateHz: run.sampleRateHz, onOddity })
    const deadlines = createDeadlines(clock)
    try {
      socket.send(runTask({ taskId }, run.model, run.parameters))
      while (!listener.isStarted) listener.hear(await receive(socket, deadlines, clock, signal))
      deadlines.started()
      return { socket, taskId, listener, deadlines }
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  const begin = async (run: Run, signal: AbortSignal): Promise<Task> => {
    const warm = pool.take()
    if (warm) {
      try {
        return await begun(warm, run, signal)
      } catch (error) {
        // It had died between two tasks: of this one nothing was heard, and nothing is paid twice.
        if (isSilence(error)) pool.empty()
        else if (!isDeath(error)) throw error
        onOddity?.({ what: 'connection-died', taskId: '' })
      }
    }
    return begun(await openFresh(signal), run, signal)
  }

  /** Sends pieces as they come, then the end. */
  const sendAll = async (
    { socket, taskId, deadlines }: Task,
    texts: AsyncIterator<string>,
    isSsml: boolean,
    sent: string[],
    signal: AbortSignal,
  ): Promise<void> => {
    let characters = 0
    for (let next = await texts.next(); !next.done; next = await texts.next()) {
      if (signal.aborted) return
      const text = next.value
      if (text.trim() === '') continue
      checkText(text, isSsml, charactersPerSend)
      characters += countCharacters(text, { isSsml })
      if (characters > DASHSCOPE_LIMITS.charactersPerTask)
        throw new RemoteFailure(
          'text-too-long',
          ownReason('too-many-characters', { characters, limit: DASHSCOPE_LIMITS.charactersPerTask }),
        )
      sent.push(text)
      socket.send(continueTask({ taskId }, text))
      deadlines.sent()
    }
    if (sent.length === 0) throw new RemoteFailure('bad-request', ownReason('no-text'))
    socket.send(finishTask({ taskId }))
    deadlines.allSent()
  }

  async function* converse(
    manner: Manner,
    texts: AsyncIterable<string>,
    outer: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    const { fixes } = endpoint
    const { parameters, sampleRateHz, warnings } = taskParameters(manner, { region, hasWordTimes: true, fixes })
    yield* warnings
    /** Ends the hearing where the sending has failed. */
    const sending = new AbortController()
    const signal = AbortSignal.any([outer, closing.signal, sending.signal])
    const source = texts[Symbol.asyncIterator]()
    const sent: string[] = []
    let sendingError: unknown
    let isAllSent = false
    let task: Task | undefined
    let hasEnded = false
    try {
      const begunTask = await begin({ model: manner.model, parameters, sampleRateHz }, signal)
      task = begunTask
      const { socket, listener, deadlines } = begunTask
      sendAll(begunTask, source, manner.isSsml, sent, signal).then(
        () => {
          isAllSent = true
        },
        (error: unknown) => {
          sendingError = error
          sending.abort()
        },
      )
      while (!listener.isFinished) {
        const events = listener.hear(await receive(socket, deadlines, clock, signal))
        if (listener.samples > 0) deadlines.heardSound()
        if (listener.isFinished) {
          if (!isAllSent) throw new RemoteFailure('protocol', ownReason('ended-unfinished'))
          listener.checkSound()
          hasEnded = true
        }
        for (const event of events) {
          const fromEpochMs = clock.nowEpochMs()
          yield event
          deadlines.held(clock.nowEpochMs() - fromEpochMs)
        }
      }
    } catch (error) {
      const told = sendingError !== undefined && !outer.aborted && !closing.signal.aborted ? sendingError : error
      if (!(told instanceof RemoteFailure)) throw told
      const failure = withoutSecrets(told, usedKey, sent)
      throw task && task.listener.samples > 0 ? failure.afterAudio() : failure
    } finally {
      sending.abort()
      if (task && hasEnded) pool.give(task.socket)
      else task?.socket.destroy()
      // Whoever writes may be waiting for something else: that it has ended is told, not waited for.
      if (!isAllSent) source.return?.().catch(() => undefined)
    }
  }

  async function* once(text: string): AsyncGenerator<string> {
    yield text
  }

  return {
    async *speak(asked, signal) {
      checkText(asked.text, asked.isSsml, charactersPerSend)
      yield* converse(asked, once(asked.text), signal)
    },
    async *speakPushed(manner, texts, signal) {
      if (manner.isSsml) throw new RemoteFailure('bad-request', ownReason('ssml-in-pieces'))
      yield* converse(manner, texts, signal)
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      pool[Symbol.dispose]()
    },
  }
}
