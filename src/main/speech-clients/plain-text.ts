import { RemoteFailure, type SpeechAsked } from '../remote/index.ts'

/**
 * What servers that take nothing but plain text would refuse, told before anything is sent.
 * @param most code points
 * @throws RemoteFailure `bad-request`, `text-too-long`
 */
export const requirePlainText = ({ text, isSsml }: SpeechAsked, most: number): void => {
  if (text.trim() === '') throw new RemoteFailure('bad-request', { reason: 'there is no text to speak' })
  if (isSsml) throw new RemoteFailure('bad-request', { reason: 'it reads no SSML' })
  const characters = [...text].length
  if (characters > most)
    throw new RemoteFailure('text-too-long', { reason: `${characters} characters are more than ${most}` })
}
