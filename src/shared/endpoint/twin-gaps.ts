import type { Voice, VoiceTwin } from '../voice/index.ts'
import { modelOfDashscopeVoice } from './dashscope-models.ts'
import { dashscopeSampleLanguage } from './dashscope-voices.ts'
import type { Connection } from './remote-engine.ts'

/** Something that a copy was made of and its voice no longer is. */
export type TwinGap = 'recording' | 'words' | 'language'

/** Whether the words of a recording go along with it. */
export const sendsTranscript = ({ kind }: Connection): boolean => kind !== 'dashscope'

const isSameLanguage = (connection: Connection, one: string | null, other: string | null): boolean => {
  if (connection.kind === 'cosyvoice-server') return one === other
  if (connection.kind !== 'dashscope') return true
  const { model } = connection
  return dashscopeSampleLanguage(model, one) === dashscopeSampleLanguage(model, other)
}

/** In what a copy is out of step with its voice, the most audible first; what the service was never told is no difference. */
export const twinGaps = (
  connection: Connection,
  { audioSha256, promptText, language }: Pick<VoiceTwin, 'audioSha256' | 'promptText' | 'language'>,
  { source, language: spoken }: Pick<Voice, 'source' | 'language'>,
): readonly TwinGap[] => {
  if (source.kind !== 'promptAudio') return ['recording']
  return [
    ...(audioSha256 === source.audioSha256 ? [] : (['recording'] as const)),
    ...(promptText === source.promptText || !sendsTranscript(connection) ? [] : (['words'] as const)),
    ...(isSameLanguage(connection, language, spoken) ? [] : (['language'] as const)),
  ]
}

/** Whether a copy is heard to be of something else: what an API server calls the language of a voice changes no sound. */
export const isTwinOutdated = (...gapsOf: Parameters<typeof twinGaps>): boolean => {
  const [{ kind }] = gapsOf
  return twinGaps(...gapsOf).some((gap) => gap !== 'language' || kind !== 'cosyvoice-server')
}

/** The model that a copy speaks with, where the engine has another; it is of no use to that engine, and may be to others. */
export const otherModelOfTwin = (connection: Connection, remoteVoice: string): string | undefined => {
  if (connection.kind !== 'dashscope' || remoteVoice.startsWith(`${connection.model}-`)) return undefined
  const made = modelOfDashscopeVoice(remoteVoice)
  return made === connection.model ? undefined : made
}
