import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { askForRange, type Fetch, type NotSent, otherSize, whyNotReached } from './ask-for-range.ts'
import type { ConnectionLine } from './connection-line.ts'
import { type Claim, type PartFile, PIECE_BYTES } from './part-file.ts'
import { retryDelayMs } from './retry-delay.ts'

export type DownloadRequest = {
  /** Where it goes. */
  readonly file: string
  /** What a person calls it. */
  readonly name: string
  readonly sizeBytes: number
  /** Null: known by its size alone. */
  readonly sha256: string | null
  /** Of the same file, the preferred one first. */
  readonly urls: readonly string[]
  /** Files of smaller numbers are given connections first. */
  readonly order: number
}

export type DownloadJob = {
  signal: AbortSignal
  /** Bytes that are there, and bytes of them held against the checksum. Both may go back, where a file was thrown away. */
  progress(state: { doneBytes: number; verifiedBytes: number }): void
}

export type DownloadDeps = {
  fetch: Fetch
  clock: Clock
  /** Uniform in [0, 1); spreads retries. */
  random(): number
  line: ConnectionLine
  /** How requests are cut; tests have smaller files. */
  pieceBytes?: number
  requestBytes?: number
}

/** Most that is asked for at once: a broken connection or a signed address that runs out costs no more than this. */
const REQUEST_BYTES = 8 * PIECE_BYTES
const CONNECTIONS_PER_FILE = 4
/** Failures in a row, each after a longer wait, until a mirror is given up. */
export const MAX_FAILURES = 6
/** A connection that brought this much has not failed for nothing. */
const PROGRESS_BYTES = 64 * 1024
/** In each of these a connection must bring so many bytes, or it is given up. */
export const STALL_MS = 20_000
const STALL_BYTES = 16 * 1024
/** So often a file may turn out to be another one than before. */
const MAX_RESTARTS = 2

/** What is known of a mirror while one file is fetched from it. */
type MirrorState = {
  readonly url: string
  readonly host: string
  /** It has answered a request for a part as it should. */
  isProbed: boolean
  ignoresRange: boolean
  /** Failures in a row; those of connections that broke together count once. */
  failures: number
  failedAtEpochMs: number
  /** Whether its ETags mean something: some name the server rather than the file. */
  isConsistent: boolean
}

type PassEnd =
  | { kind: 'refused'; reason: string }
  | { kind: 'changed' }
  | { kind: 'ranges-ignored' }
  | { kind: 'error'; error: unknown }

/** @returns why this mirror was given up; undefined when all of the file is there */
export const fetchFrom = async (
  url: string,
  part: PartFile,
  request: DownloadRequest,
  job: DownloadJob,
  deps: DownloadDeps,
): Promise<string | undefined> => {
  const mirror: MirrorState = {
    url,
    host: new URL(url).host,
    isProbed: false,
    ignoresRange: false,
    failures: 0,
    failedAtEpochMs: Number.NEGATIVE_INFINITY,
    isConsistent: true,
  }
  const report = (): void => job.progress({ doneBytes: part.doneBytes(), verifiedBytes: 0 })
  let restarts = 0
  report()
  while (!part.isComplete()) {
    const end = await runPass(mirror, part, request, { ...job, report }, deps)
    if (job.signal.aborted) throw new AppCancel()
    if (end?.kind === 'error') throw end.error
    if (end?.kind === 'refused') return end.reason
    if (end?.kind === 'changed') {
      restarts += 1
      if (restarts > MAX_RESTARTS && request.sha256 === null) return 'its file keeps changing'
      mirror.isConsistent = restarts <= MAX_RESTARTS
      mirror.isProbed = false
      await part.reset()
      report()
    }
  }
  return undefined
}

type Pass = {
  readonly mirror: MirrorState
  readonly part: PartFile
  readonly request: DownloadRequest
  readonly deps: DownloadDeps
  /** Of the person and of the pass. */
  readonly signal: AbortSignal
  readonly isAlone: boolean
  report(): void
  finish(end: PassEnd): void
}

/** As many connections as the mirror deserves, until nothing is left to ask for or something happens to all of them. */
const runPass = async (
  mirror: MirrorState,
  part: PartFile,
  request: DownloadRequest,
  job: { signal: AbortSignal; report(): void },
  deps: DownloadDeps,
): Promise<PassEnd | undefined> => {
  const stop = new AbortController()
  let end: PassEnd | undefined
  const finish = (how: PassEnd): void => {
    end ??= how
    stop.abort()
  }
  // The first answer tells whether there are ranges, and of which version of the file.
  const connections = mirror.isProbed && !mirror.ignoresRange ? CONNECTIONS_PER_FILE : 1
  const signal = AbortSignal.any([job.signal, stop.signal])
  const pass: Pass = { mirror, part, request, deps, signal, isAlone: connections === 1, report: job.report, finish }
  await Promise.all(Array.from({ length: connections }, () => runConnection(pass)))
  return end
}

const runConnection = async (pass: Pass): Promise<void> => {
  const { mirror, part, request, deps, signal, finish } = pass
  const { line, pieceBytes = PIECE_BYTES, requestBytes = REQUEST_BYTES } = deps
  const wasProbed = mirror.isProbed
  try {
    while (!signal.aborted && mirror.isProbed === wasProbed) {
      using claim = part.claim(wasProbed ? requestBytes : pieceBytes)
      if (!claim) return
      using _connection = await line.take(mirror.host, request.order, signal)
      await fetchClaim(claim, pass)
    }
  } catch (error) {
    // The others end with it, or have ended it.
    if (!(error instanceof AppCancel && signal.aborted)) finish({ kind: 'error', error })
  }
}

const fetchClaim = async (claim: Claim, pass: Pass): Promise<void> => {
  const { mirror, deps, signal } = pass
  const startEpochMs = deps.clock.nowEpochMs()
  const flow: Flow = { receivedBytes: 0, gainedBytes: 0 }
  using watch = watchFlow(deps.clock, flow)
  try {
    const failure = await askAndRead(claim, flow, pass, AbortSignal.any([signal, watch.signal]))
    if (failure) noteFailure(failure, startEpochMs, flow.gainedBytes, pass)
    else mirror.failures = 0
  } catch (error) {
    if (signal.aborted) return
    const failure: Failure | undefined = watch.signal.aborted
      ? { kind: 'failed', reason: 'it sends next to nothing' }
      : whyNotReached(error)
    if (!failure) throw error
    noteFailure(failure, startEpochMs, flow.gainedBytes, pass)
  }
}

/** Of one request. */
type Flow = {
  receivedBytes: number
  /** Those that were not there before. */
  gainedBytes: number
}

type Failure = NotSent

/** @returns what came in the way; undefined where everything that was announced has come, or the pass is over */
const askAndRead = async (
  claim: Claim,
  flow: Flow,
  { mirror, part, deps, isAlone, report, finish }: Pass,
  signal: AbortSignal,
): Promise<Failure | undefined> => {
  const { sizeBytes } = part
  const validator = mirror.isConsistent ? part.validatorOf(mirror.url) : undefined
  const asked = { url: mirror.url, fromByte: claim.fromByte, toByte: claim.toByte, sizeBytes, validator }
  const answer = await askForRange(deps.fetch, asked, { signal, nowEpochMs: deps.clock.nowEpochMs() })
  if (answer.kind === 'changed') {
    finish(answer)
    return undefined
  }
  if (answer.kind === 'failed' || answer.kind === 'refused') return answer
  if (answer.kind === 'whole') {
    mirror.ignoresRange = true
    if (!isAlone) {
      finish({ kind: 'ranges-ignored' })
      return undefined
    }
  }
  part.setOrigin(mirror.url, answer.validator)
  let atByte = answer.fromByte
  for await (const bytes of answer.body) {
    const rest = answer.toByte - atByte
    if (bytes.length > rest)
      return answer.kind === 'whole'
        ? { kind: 'refused', reason: otherSize(atByte + bytes.length, { sizeBytes }) }
        : { kind: 'failed', reason: 'it sends more than it announces' }
    flow.receivedBytes += bytes.length
    flow.gainedBytes += await part.write(bytes, atByte)
    atByte += bytes.length
    report()
  }
  if (atByte < answer.toByte) return { kind: 'failed', reason: 'the connection ended early' }
  mirror.isProbed = true
  return undefined
}

const noteFailure = (failure: Failure, startEpochMs: number, gainedBytes: number, pass: Pass): void => {
  const { mirror, deps, finish } = pass
  const { clock, line, random } = deps
  if (failure.kind === 'refused') {
    finish(failure)
    return
  }
  const nowEpochMs = clock.nowEpochMs()
  if (gainedBytes >= PROGRESS_BYTES) mirror.failures = 0
  // What had been asked before the last failure has most likely failed with it.
  else if (startEpochMs <= mirror.failedAtEpochMs && mirror.failures > 0) return
  mirror.failures += 1
  mirror.failedAtEpochMs = nowEpochMs
  if (mirror.failures >= MAX_FAILURES) finish({ kind: 'refused', reason: failure.reason })
  const ownMs = retryDelayMs(mirror.failures, random())
  line.holdBack(mirror.host, nowEpochMs + Math.max(ownMs, failure.kind === 'failed' ? (failure.retryAfterMs ?? 0) : 0))
}

/** Says when a connection brings too little. */
const watchFlow = (clock: Clock, flow: Readonly<Flow>): Disposable & { readonly signal: AbortSignal } => {
  const stalled = new AbortController()
  let stopTimer = (): void => undefined
  const look = (beforeBytes: number): void => {
    stopTimer = clock.setTimer(() => {
      if (flow.receivedBytes - beforeBytes < STALL_BYTES) stalled.abort()
      else look(flow.receivedBytes)
    }, STALL_MS)
  }
  look(0)
  return { signal: stalled.signal, [Symbol.dispose]: () => stopTimer() }
}
