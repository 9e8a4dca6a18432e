import { int16Wav } from '../../../shared/audio/index.ts'
import {
  dashscopePromptSec,
  dashscopeSampleLanguage,
  dashscopeVoiceModelSchema,
  hasDashscopeSampleOptions,
  modelOfDashscopeVoice,
  uniqueDashscopeVoicePrefix,
} from '../../../shared/endpoint/index.ts'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import {
  createDashscopeVoices,
  type EnrolledVoice,
  type EnrolledVoiceState,
  type SampleWay,
  type SampleWayFailed,
  type VoiceSample,
  type VoicesEndpoint,
} from '../../speech-clients/index.ts'
import { atRate } from './at-rate.ts'
import type { Recording, RemoteDeps } from './remote-setup.ts'
import { requireDashscopeSample } from './sample-rules.ts'
import type { EnrolFacts, RemoteVoiceStatus, VoiceAccess } from './voice-access.ts'

const SAMPLE_RATE_HZ = 24_000
/** A state that nobody has heard of may still become one that is known. */
const STATUS: Readonly<Record<EnrolledVoiceState, RemoteVoiceStatus>> = {
  deploying: 'pending',
  usable: 'ready',
  rejected: 'rejected',
  unknown: 'pending',
}
const statusOf = ({ state }: EnrolledVoice): RemoteVoiceStatus => STATUS[state]

/** @throws RemoteFailure `model-mismatch` */
const voiceModelOf = (model: string) => {
  const known = dashscopeVoiceModelSchema.safeParse(model)
  if (known.success) return known.data
  throw new RemoteFailure('model-mismatch', ownReason('no-voices-for-model', { model }))
}

/** @throws AppError `cloud.sample-unfit` */
const sampleOf = ({ wav }: Recording, { report, sampleUrl }: EnrolFacts): VoiceSample => {
  const { pcm } = atRate(wav, SAMPLE_RATE_HZ)
  const sample = int16Wav(pcm, SAMPLE_RATE_HZ)
  requireDashscopeSample(report, sample.length)
  return { wav: sample, url: sampleUrl }
}

/** @throws RemoteFailure `voice-not-found` for a voice of another model, e.g. because the engine had another */
const requireOfModel = (voiceId: string, model: string): void => {
  const spoken = modelOfDashscopeVoice(voiceId)
  if (spoken === undefined || spoken === model || voiceId.startsWith(`${model}-`)) return
  throw new RemoteFailure('voice-not-found', ownReason('voice-of-other-model', { model: spoken }))
}

/** Ways that others can follow, and those that can follow others. */
const FAILED_WAYS: Readonly<Partial<Record<SampleWay, string>>> = {
  'own-url': 'not-by-own-url',
  'temporary-upload': 'not-by-temporary-upload',
}
const LATER_WAYS: Readonly<Partial<Record<SampleWay, string>>> = {
  'temporary-upload': 'by-temporary-upload',
  'data-uri': 'by-data-uri',
}

/** How the service got hold of a recording, where the first way was of no use. */
const remarksOf = ({ way, failedWays }: { way: SampleWay; failedWays: readonly SampleWayFailed[] }) =>
  failedWays.length === 0
    ? []
    : [...failedWays.map((failed) => FAILED_WAYS[failed.way]), LATER_WAYS[way]].flatMap((reason) =>
        reason === undefined ? [] : [{ field: 'recording', reason }],
      )

/** Voices of an account. They speak with the model that they were made for and with no other. */
export const dashscopeVoiceAccess = (
  endpoint: VoicesEndpoint,
  model: string,
  { wire, clock, random }: RemoteDeps,
): VoiceAccess => {
  // Whoever asks has a person's consent for the voice, which holds for every way.
  const voices = createDashscopeVoices({ wire, clock, random, endpoint, mayUpload: async () => true })
  const update: VoiceAccess['update'] = async (remoteVoice, recording, facts, signal) => {
    requireOfModel(remoteVoice, model)
    const ways = await voices.updateVoice({ voiceId: remoteVoice, sample: sampleOf(recording, facts) }, signal)
    return { remoteVoice, status: 'pending', remarks: remarksOf(ways) }
  }
  return {
    takesTranscript: false,
    voicesOf: 'account',
    list: async (signal) => {
      const listed = await voices.listVoices({ prefix: null }, signal)
      return listed
        .filter(({ targetModel, voiceId }) => (targetModel ?? modelOfDashscopeVoice(voiceId) ?? model) === model)
        .map(({ voiceId, state }) => ({
          ...{ remoteVoice: voiceId, name: voiceId, language: null, gender: 'neutral' as const },
          ...(state === 'rejected' && { isRejected: true }),
        }))
    },
    enrol: async (recording, facts, signal) => {
      const targetModel = voiceModelOf(model)
      const sample = sampleOf(recording, facts)
      const { voiceId, ...ways } = await voices.createVoice(
        {
          targetModel,
          prefix: uniqueDashscopeVoicePrefix(facts.name, random),
          sampleLanguage: dashscopeSampleLanguage(targetModel, recording.language),
          longestPromptSec: dashscopePromptSec(targetModel, facts.report.durationSec),
          isPreprocessed: facts.isCleaned || null,
          sample,
        },
        signal,
      )
      return { remoteVoice: voiceId, status: 'pending', remarks: remarksOf(ways) }
    },
    state: async (remoteVoice, signal) => {
      requireOfModel(remoteVoice, model)
      return statusOf(await voices.queryVoice(remoteVoice, signal))
    },
    settled: async (remoteVoice, signal) => statusOf(await voices.waitUntilUsable(remoteVoice, { signal })),
    // Of another recording another length is to be listened to, which cannot be told of a voice that is there.
    ...(!hasDashscopeSampleOptions(model) && { update }),
    remove: (remoteVoice, signal) => voices.deleteVoice(remoteVoice, signal),
    design: async ({ name, description, previewText, language }, signal) => {
      const { voiceId, preview, warnings } = await voices.designVoice(
        {
          targetModel: voiceModelOf(model),
          prefix: uniqueDashscopeVoicePrefix(name, random),
          ...{ voicePrompt: description, previewText, language },
        },
        signal,
      )
      return { remoteVoice: voiceId, status: 'pending', preview, warnings }
    },
  }
}
