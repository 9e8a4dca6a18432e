import type { z } from 'zod'
import {
  DASHSCOPE_VOICE_MODELS,
  type DashscopeClone,
  type DashscopeVoiceModel,
  dashscopeCloneSchema,
  dashscopeVoiceKind,
} from '../../../shared/endpoint/index.ts'
import { ownReason, RemoteFailure, withRetries } from '../../remote/index.ts'
import { enrolledVoiceIdSchema } from './enrolled-voice.ts'
import { makeOnce } from './make-once.ts'
import {
  checkSample,
  type SampleDeps,
  type SampleWay,
  type SampleWayFailed,
  type VoiceSample,
  withSampleAddress,
} from './sample-address.ts'
import { askService, regionOf, type ServiceAnswer, type VoiceServiceDeps } from './voice-service.ts'

/** A voice that was made, and may still have to be waited for. */
export type CreatedVoice = {
  readonly voiceId: string
  /** The one model that it speaks with. */
  readonly targetModel: string
  /** Null where the answer was lost. */
  readonly requestId: string | null
  /** The answer of the service was lost, and the voice found by its name. */
  readonly isAdopted: boolean
}
export type ClonedVoice = CreatedVoice & {
  /** How the service got hold of the sample. */
  readonly way: SampleWay
  /** Ways that were of no use before. */
  readonly failedWays: readonly SampleWayFailed[]
}

/**
 * What the service would refuse, or drop without a word, is refused before anything is sent.
 * @throws RemoteFailure `bad-request`; its reason names the field and never what stands in it
 */
export const checked = <Schema extends z.ZodType>(schema: Schema, asked: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(asked)
  if (parsed.success) return parsed.data
  const fields = new Set(parsed.error.issues.map(({ path }) => path.join('.')))
  throw new RemoteFailure('bad-request', ownReason('field-unfit', { field: [...fields].join(', ') }))
}

/** @throws RemoteFailure `model-mismatch` where a region has no voices of a model */
export const checkRegion = ({ endpoint }: VoiceServiceDeps, model: DashscopeVoiceModel): void => {
  if (DASHSCOPE_VOICE_MODELS[model].isBeijingOnly && regionOf(endpoint) === 'intl')
    throw new RemoteFailure('model-mismatch', ownReason('beijing-only', { model, detail: 'none' }))
}

/** @throws RemoteFailure `protocol` where an answer names no voice */
export const voiceIdOf = ({ output, requestId }: ServiceAnswer): string => {
  const voiceId = enrolledVoiceIdSchema.safeParse(output.voice_id)
  if (voiceId.success) return voiceId.data
  throw new RemoteFailure('protocol', {
    ...ownReason('answer-lacks', { field: 'voice_id' }),
    httpStatus: 200,
    ...(requestId !== null && { requestId }),
  })
}

export const requestVoice = async (
  deps: VoiceServiceDeps,
  asked: Parameters<typeof askService>[1],
  signal: AbortSignal,
): Promise<ServiceAnswer> => {
  const answer = await askService(deps, asked, signal)
  voiceIdOf(answer)
  return answer
}

const inputOf = (asked: DashscopeClone, url: string): Readonly<Record<string, unknown>> => ({
  target_model: asked.targetModel,
  prefix: asked.prefix,
  url,
  ...(asked.sampleLanguage !== null && { language_hints: [asked.sampleLanguage] }),
  ...(asked.longestPromptSec !== null && { max_prompt_audio_length: asked.longestPromptSec }),
  ...(asked.isPreprocessed !== null && { enable_preprocess: asked.isPreprocessed }),
})

export type CloneAsked = DashscopeClone & {
  readonly sample: VoiceSample
  /** Voices that are known to be others, where the prefix is not one of its own. */
  readonly knownVoiceIds?: ReadonlySet<string>
}

/**
 * Makes a voice of a sample. The prefix has to be its own (`uniqueDashscopeVoicePrefix`): an answer that gets lost leaves a
 * voice that is known by nothing else.
 * @throws RemoteFailure; AppCancel, after which the voice may have been made
 */
export const createVoice = async (deps: SampleDeps, asked: CloneAsked, signal: AbortSignal): Promise<ClonedVoice> => {
  const clone = checked(dashscopeCloneSchema, asked)
  checkRegion(deps, clone.targetModel)
  const knownVoiceIds = asked.knownVoiceIds ?? new Set<string>()
  const make = (url: string) =>
    makeOnce(
      deps,
      { ...clone, isDesigned: false, knownVoiceIds },
      () => requestVoice(deps, { action: 'create_voice', input: inputOf(clone, url), secrets: [url] }, signal),
      signal,
    )
  const { output, way, failed } = await withSampleAddress(deps, asked.sample, make, signal)
  return {
    voiceId: output.adopted ? output.adopted.voiceId : voiceIdOf(output.answer),
    targetModel: clone.targetModel,
    requestId: output.answer?.requestId ?? null,
    isAdopted: output.adopted !== undefined,
    way,
    failedWays: failed,
  }
}

/**
 * Gives a cloned voice another sample; it is made anew and has to be waited for.
 * @throws RemoteFailure, `bad-request` for a designed voice: it has no sample; AppCancel
 */
export const updateVoice = async (
  deps: SampleDeps,
  { voiceId, sample }: { readonly voiceId: string; readonly sample: VoiceSample },
  signal: AbortSignal,
): Promise<{ readonly way: SampleWay; readonly failedWays: readonly SampleWayFailed[] }> => {
  if (dashscopeVoiceKind(voiceId) === 'designed') throw new RemoteFailure('bad-request', ownReason('designed-voice'))
  checkSample(sample)
  const update = (url: string) =>
    withRetries(
      () => askService(deps, { action: 'update_voice', input: { voice_id: voiceId, url }, secrets: [url] }, signal),
      deps,
      { signal },
    )
  const { way, failed } = await withSampleAddress(deps, sample, update, signal)
  return { way, failedWays: failed }
}
