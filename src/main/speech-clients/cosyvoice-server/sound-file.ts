import { z } from 'zod'
import { waitUntil } from '../../clock/index.ts'
import { audioKindOf, ownReason, RemoteFailure } from '../../remote/index.ts'
import {
  askServer,
  failureInsteadOfSound,
  failureTold,
  type ServerAccess,
  type ServerGeneration,
} from './server-access.ts'
import { createWavStream, type WavSound } from './wav-stream.ts'

/** Between two attempts to get a file that was just made. */
const DOWNLOAD_DELAYS_MS = [500, 1000]

/** What a synthesis answers: where the file is that it made. @source cosyvoice cloud-apis E.2 */
export const madeSchema = z.object({ audio_url: z.string().min(1) })

const isWorthAnotherTry = (error: unknown): boolean =>
  error instanceof RemoteFailure && (error.failureClass === 'unavailable' || error.failureClass === 'network')

/**
 * The path below which the file can be had with its type and its length. Of what the server says only the name counts: it does
 * not know what address it is reached by, and its other route answers 500 for a file that is not there.
 */
export const pathOfFile = (audioUrl: string, generation: ServerGeneration): string => {
  const path = audioUrl.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
  const told = /\/api\/(v[123])\//.exec(path)?.[1] ?? generation
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === '' || name === '.' || name === '..')
    throw new RemoteFailure('protocol', ownReason('answer-lacks', { field: 'audio_url' }))
  return `/api/${told}/audio/${/%[0-9a-f]{2}/i.test(name) ? name : encodeURIComponent(name)}`
}

const downloadOnce = async (
  access: ServerAccess,
  path: string,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<WavSound[]> => {
  const bytes = await askServer(access, { path }, signal)
    .then((answer) => answer.bytes())
    .catch((error: unknown) => {
      const isGone = error instanceof RemoteFailure && error.facts.httpStatus === 404
      throw isGone
        ? new RemoteFailure('unavailable', { ...error.facts, ...ownReason('sound-not-fetched', { status: 404 }) })
        : error
    })
  const kind = audioKindOf(bytes)
  if (kind === 'json') throw failureInsteadOfSound(access, new TextDecoder().decode(bytes), texts)
  if (kind !== 'wav') throw new RemoteFailure('protocol', ownReason('other-kind', { found: kind }))
  const stream = createWavStream({ isFile: true })
  const sounds = stream.push(bytes)
  const { sounds: last, errorText } = stream.end()
  if (errorText !== undefined) throw failureTold(access, errorText, texts)
  return [...sounds, ...last]
}

/**
 * The sound of a file that the server made. One that is not there yet, or came in part, is asked for again twice: that costs
 * less than to have it spoken again.
 * @throws RemoteFailure `unavailable` for a file that is not there; `network`, `protocol`; AppCancel
 */
export const downloadSound = async (
  access: ServerAccess,
  { audioUrl, generation, texts }: { audioUrl: string; generation: ServerGeneration; texts: readonly string[] },
  signal: AbortSignal,
): Promise<WavSound[]> => {
  const path = pathOfFile(audioUrl, generation)
  for (const delayMs of DOWNLOAD_DELAYS_MS) {
    try {
      return await downloadOnce(access, path, texts, signal)
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error
      await waitUntil(access.clock, access.clock.nowEpochMs() + delayMs, signal)
    }
  }
  return await downloadOnce(access, path, texts, signal)
}
