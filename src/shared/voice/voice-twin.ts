import { z } from 'zod'
import { appErrorDataSchema, engineIdSchema, epochMsSchema, memberIdSchema, voiceIdSchema } from '../kernel/index.ts'
import type { Voice } from './voice.ts'

/** A voice of the library as an endpoint of an engine knows it. */
export const voiceTwinSchema = z.object({
  voiceId: voiceIdSchema,
  engineId: engineIdSchema,
  memberId: memberIdSchema,
  /** The endpoint's own name for it. */
  remoteVoice: z.string().min(1).max(300),
  /** `pending`: the service is still working on it. `outdated`: it would sound otherwise than its voice is now; never kept. */
  status: z.enum(['pending', 'ready', 'outdated', 'failed']),
  /** Why it failed; of one that is pending, why the service could not be asked for it the last time. */
  error: appErrorDataSchema.nullable(),
  /** What it was made of. It is out of step where the voice says something else by now. */
  audioSha256: z.string().regex(/^[0-9a-f]{64}$/),
  promptText: z.string().max(2000),
  language: z.string().nullable(),
  createdAtEpochMs: epochMsSchema,
  checkedAtEpochMs: epochMsSchema,
})
export type VoiceTwin = z.output<typeof voiceTwinSchema>

/** Whether a twin was made of what its voice is now: of the same recording, with the same words, in the same language. */
export const isTwinInStep = (
  { audioSha256, promptText, language }: Pick<VoiceTwin, 'audioSha256' | 'promptText' | 'language'>,
  voice: Pick<Voice, 'source' | 'language'>,
): boolean =>
  voice.source.kind === 'promptAudio' &&
  voice.source.audioSha256 === audioSha256 &&
  voice.source.promptText === promptText &&
  voice.language === language
