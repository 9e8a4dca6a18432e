import { type ListedVoice, type Member, remoteFacts } from '../../../shared/endpoint/index.ts'
import type { RecordingReport } from '../../../shared/voice/index.ts'
import {
  createTemporaryKeys,
  type EasEndpoint,
  type OpenAiEndpoint,
  type ServerAddress,
  type VoicePreview,
} from '../../speech-clients/index.ts'
import { dashscopeVoiceAccess } from './dashscope-voice-access.ts'
import { easVoiceAccess } from './eas-voice-access.ts'
import { gatewayHeaders, openAiKey } from './gateway-headers.ts'
import { openAiVoiceAccess } from './openai-voice-access.ts'
import type { Recording, RemoteDeps, RemoteSetup } from './remote-setup.ts'
import { serverVoiceAccess } from './server-voice-access.ts'

/** `rejected`: the service has it, and never will speak with it. */
export type RemoteVoiceStatus = 'pending' | 'ready' | 'rejected'

type Remarks = readonly { readonly field: string; readonly reason: string }[]

/** A voice as an endpoint has made it. */
export type EnrolledThere = {
  readonly remoteVoice: string
  readonly status: RemoteVoiceStatus
  /** How the recording got there, where that was not by the first way. */
  readonly remarks?: Remarks
}

/** What is said of a recording that becomes a voice. */
export type EnrolFacts = {
  /** Of the voice, as a person calls it. */
  readonly name: string
  readonly report: RecordingReport
  /** Where a person has put the recording themselves; null: it is uploaded. For services that load it. */
  readonly sampleUrl: string | null
  /** Whether the service is to take noise away first. For services that can. */
  readonly isCleaned: boolean
  /** By which words whoever is heard agreed. Services that keep such words get them. */
  readonly consent: string
}

export type DesignFacts = {
  readonly name: string
  readonly description: string
  readonly previewText: string
  readonly language: 'zh' | 'en' | null
}

export type DesignedThere = EnrolledThere & {
  /** Null where it did not come whole; why is a warning. */
  readonly preview: VoicePreview | null
  readonly warnings: Remarks
}

/**
 * Voices of one endpoint. What a kind of endpoint cannot do is not there. Everything throws RemoteFailure, and AppCancel by its
 * signal.
 */
export interface VoiceAccess {
  /** Whether the words of a recording are sent along: a voice without them is another where they are. */
  readonly takesTranscript: boolean
  /** Whose its voices are: those of an account are the same at every endpoint with a key of it. */
  readonly voicesOf: 'account' | 'endpoint'
  /** Voices that it has; null where this one does not list any. */
  readonly list?: (signal: AbortSignal) => Promise<readonly ListedVoice[] | null>
  /** How many it lists: where it lists so many, there may be more. */
  readonly listsAtMost?: number
  /**
   * Copies a recording there, once: where it is not certain whether that succeeded, nothing is asked again.
   * @throws AppError `cloud.sample-unfit` before anything is sent
   */
  readonly enrol?: (recording: Recording, facts: EnrolFacts, signal: AbortSignal) => Promise<EnrolledThere>
  /** @throws RemoteFailure `voice-not-found` */
  readonly state?: (remoteVoice: string, signal: AbortSignal) => Promise<RemoteVoiceStatus>
  /** Waits for a voice that the service works on; `pending` where it takes too long. */
  readonly settled?: (remoteVoice: string, signal: AbortSignal) => Promise<RemoteVoiceStatus>
  /** What is said in the recording of a voice there; null where nobody knows. @throws RemoteFailure `voice-not-found` */
  readonly transcriptOf?: (remoteVoice: string, signal: AbortSignal) => Promise<string | null>
  /**
   * Gives a voice another recording under its own name, and nothing else. Not there: it is made anew, and the old one removed.
   */
  readonly update?: (
    remoteVoice: string,
    recording: Recording,
    facts: EnrolFacts,
    signal: AbortSignal,
  ) => Promise<EnrolledThere>
  /** Says something else of a voice that stays what it is. @throws RemoteFailure `voice-not-found` */
  readonly relabel?: (
    remoteVoice: string,
    label: { readonly name: string; readonly language: string | null },
    signal: AbortSignal,
  ) => Promise<void>
  /** For good. @throws RemoteFailure `voice-not-found` */
  readonly remove?: (remoteVoice: string, signal: AbortSignal) => Promise<void>
  /** Makes a voice from words. */
  readonly design?: (asked: DesignFacts, signal: AbortSignal) => Promise<DesignedThere>
}

const accessOf = ({ engine: { connection }, keyOf }: RemoteSetup, member: Member, deps: RemoteDeps): VoiceAccess => {
  const { memberId, baseUrl } = member
  const key = keyOf(memberId)
  switch (connection.kind) {
    case 'dashscope': {
      const { model, region, workspaceId, usesTemporaryKeys } = connection
      const own = { baseUrl, apiKey: async () => key ?? '', region, workspaceId }
      const endpoint = usesTemporaryKeys ? { ...own, apiKey: createTemporaryKeys({ ...deps, endpoint: own }) } : own
      return dashscopeVoiceAccess(endpoint, model, deps)
    }
    case 'openai': {
      const { profile, model } = connection
      const endpoint: OpenAiEndpoint = { baseUrl, profile, ...openAiKey(key, member) }
      return openAiVoiceAccess(endpoint, model, deps)
    }
    case 'eas': {
      const endpoint: EasEndpoint = { baseUrl, token: key ?? '' }
      return easVoiceAccess(endpoint, deps)
    }
    case 'cosyvoice-server': {
      const endpoint: ServerAddress = { baseUrl, ...gatewayHeaders(key, member) }
      return serverVoiceAccess(endpoint, deps)
    }
    case 'cosyvoice-runtime':
      return { takesTranscript: true, voicesOf: 'endpoint' }
  }
}

/**
 * The voices of one endpoint of an engine. Nothing is opened before it is asked for something.
 * @throws AppError `secret.unreadable`
 */
export const openVoiceAccess = (setup: RemoteSetup, member: Member, deps: RemoteDeps): VoiceAccess => {
  const { mayEnrol, mayDesign } = remoteFacts(setup.engine.connection)
  const { takesTranscript, voicesOf, list, listsAtMost, design, ...voices } = accessOf(setup, member, deps)
  return {
    takesTranscript,
    voicesOf,
    ...(list && { list }),
    ...(listsAtMost !== undefined && { listsAtMost }),
    ...(mayEnrol && voices),
    ...(mayDesign && design && { design }),
  }
}
