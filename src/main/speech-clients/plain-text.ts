import { ownReason, RemoteFailure, type SpeechAsked } from '../remote/index.ts'

/**
 * What servers that take nothing but plain text would refuse, told before anything is sent.
 * @param most code points
 * @throws RemoteFailure `bad-request`, `text-too-long`
 */
export const requirePlainText = ({ text, isSsml }: SpeechAsked, most: number): void => {
  if (text.trim() === '') throw new RemoteFailure('bad-request', ownReason('no-text'))
  if (isSsml) throw new RemoteFailure('bad-request', ownReason('no-ssml'))
  const characters = [...text].length
  if (characters > most)
    throw new RemoteFailure('text-too-long', ownReason('too-many-characters', { characters, limit: most }))
}
