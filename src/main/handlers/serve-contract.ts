import type { z } from 'zod'
import {
  type AppContract,
  appContract,
  type EventChannel,
  type PayloadOf,
  type WireAnswer,
  type WireJobMessage,
  wireCallSchema,
  wireCancelSchema,
  wireStartSchema,
} from '../../shared/contract/index.ts'
import { AppCancel, AppError, type JobId, toAppError } from '../../shared/kernel/index.ts'
import type { Log } from '../log/index.ts'
import type { HandlersOf } from './handlers-of.ts'

const PROGRESS_INTERVAL_MS = 100

export type ContractServerDeps = {
  handlers: HandlersOf
  /** Sends an event to every window. */
  broadcast(channel: string, payload: unknown): void
  /** Parses outputs too, so that a handler's slip shows where it is made: in development and in tests. */
  checksOutputs: boolean
  nowEpochMs(): number
  log: Log
}

export type EmitEvent = <Channel extends EventChannel<AppContract>>(
  channel: Channel,
  payload: PayloadOf<AppContract, Channel>,
) => void

export type ContractServer = {
  call(message: unknown): Promise<WireAnswer>
  /** Answers as soon as the job runs; what it has to say goes to `send`, ending in exactly one terminal message. */
  start(message: unknown, send: (message: WireJobMessage) => void): Promise<WireAnswer>
  cancel(message: unknown): void
  emit: EmitEvent
  /** What is running, for a window that has just loaded. */
  runningJobs(): { jobId: JobId; channel: string; progress: unknown }[]
  /** Cancels what is running and waits until it has ended. */
  close(): Promise<void>
}

type RunningJob = { channel: string; controller: AbortController; progress: unknown; ended: Promise<void> }

const invalidInput = (channel: string, error: z.ZodError): AppError =>
  new AppError('contract.invalid-input', {
    params: { channel, where: error.issues[0]?.path.join('.') ?? '', problem: error.issues[0]?.code ?? '' },
    remedies: ['report'],
    cause: error,
  })

const parse = <Schema extends z.ZodType>(schema: Schema, channel: string, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalidInput(channel, parsed.error)
}

const rowOf = <Kind extends 'command' | 'job'>(channel: string, kind: Kind) => {
  const row = Object.hasOwn(appContract, channel) ? appContract[channel as keyof AppContract] : undefined
  if (row?.kind !== kind) throw new AppError('contract.unknown-channel', { params: { channel }, remedies: ['report'] })
  return row as Extract<AppContract[keyof AppContract], { kind: Kind }>
}

type AnyHandler = (
  input: unknown,
  job?: { signal: AbortSignal; progress(progress: unknown): void; item(item: unknown): void },
) => unknown

/** The table types each handler by its own row; once that row has parsed the input, they are all alike. */
const handlerOf = (handlers: HandlersOf, channel: string): AnyHandler => {
  const handler: unknown = handlers[channel as keyof HandlersOf]
  return handler as AnyHandler
}

/** Main's end of the contract, without a word about how messages travel. Everything that comes in is parsed first. */
export const serveContract = (deps: ContractServerDeps): ContractServer => {
  const running = new Map<JobId, RunningJob>()
  const checked = (schema: z.ZodType, channel: string, value: unknown): unknown =>
    deps.checksOutputs ? parse(schema, `${channel} (output)`, value) : value

  const answer = async (where: string, run: () => unknown): Promise<WireAnswer> => {
    try {
      return { ok: true, output: await run() }
    } catch (error) {
      const named = toAppError(error)
      if (named.code === 'internal.bug') deps.log('error', 'a handler failed', { where, error })
      return { ok: false, error: named.toData() }
    }
  }

  const runJob = async (
    jobId: JobId,
    channel: string,
    input: unknown,
    send: (message: WireJobMessage) => void,
    state: RunningJob,
  ): Promise<void> => {
    const row = rowOf(channel, 'job')
    let lastProgressMs = Number.NEGATIVE_INFINITY
    let heldBack: (() => void) | undefined
    const flushProgress = (): void => {
      heldBack?.()
      heldBack = undefined
    }
    try {
      const output = await handlerOf(deps.handlers, channel)(input, {
        signal: state.controller.signal,
        progress: (progress) => {
          state.progress = checked(row.progress, channel, progress)
          const sendNow = (): void => send({ jobId, kind: 'progress', progress })
          heldBack = sendNow
          if (deps.nowEpochMs() - lastProgressMs < PROGRESS_INTERVAL_MS) return
          lastProgressMs = deps.nowEpochMs()
          flushProgress()
        },
        item: (item) => send({ jobId, kind: 'item', item: checked(row.item, channel, item) }),
      })
      flushProgress()
      send({ jobId, kind: 'done', output: checked(row.output, channel, output) })
    } catch (error) {
      if (error instanceof AppCancel) return send({ jobId, kind: 'cancelled' })
      const named = toAppError(error)
      if (named.code === 'internal.bug') deps.log('error', 'a job failed', { channel, jobId, error })
      send({ jobId, kind: 'failed', error: named.toData() })
    } finally {
      running.delete(jobId)
    }
  }

  return {
    call: (message) =>
      answer('call', async () => {
        const { channel, input } = parse(wireCallSchema, 'call', message)
        const row = rowOf(channel, 'command')
        const output = await handlerOf(deps.handlers, channel)(parse(row.input, channel, input))
        return checked(row.output, channel, output)
      }),
    start: (message, send) =>
      answer('start', () => {
        const { channel, input, jobId } = parse(wireStartSchema, 'start', message)
        const row = rowOf(channel, 'job')
        const parsedInput = parse(row.input, channel, input)
        if (running.has(jobId))
          throw new AppError('contract.invalid-input', { params: { channel, where: 'jobId', problem: 'in-use' } })
        const state: RunningJob = {
          channel,
          controller: new AbortController(),
          progress: null,
          ended: Promise.resolve(),
        }
        running.set(jobId, state)
        state.ended = runJob(jobId, channel, parsedInput, send, state)
        return undefined
      }),
    cancel: (message) => {
      const parsed = wireCancelSchema.safeParse(message)
      if (parsed.success) running.get(parsed.data.jobId)?.controller.abort()
      else deps.log('warn', 'a cancel that names no job was ignored')
    },
    emit: (channel, payload) => {
      const row = appContract[channel]
      deps.broadcast(channel, deps.checksOutputs ? row.payload.parse(payload) : payload)
    },
    runningJobs: () => [...running].map(([jobId, { channel, progress }]) => ({ jobId, channel, progress })),
    close: async () => {
      for (const { controller } of running.values()) controller.abort()
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}
