import { type CloneAsked, type ClonedVoice, createVoice, updateVoice } from './create-voice.ts'
import { type DesignAsked, type DesignedVoice, designVoice } from './design-voice.ts'
import type { EnrolledVoice } from './enrolled-voice.ts'
import { findMadeVoice, type MadeVoice } from './find-made-voice.ts'
import { deleteVoice, listVoices, queryVoice } from './manage-voices.ts'
import type { SampleDeps, SampleWay, SampleWayFailed, VoiceSample } from './sample-address.ts'
import { waitUntilUsable } from './wait-until-usable.ts'

/** Makes and keeps voices of a DashScope account. Every function throws RemoteFailure, and AppCancel by its signal. */
export interface DashscopeVoices {
  /** Of a sample. It is asked for once: see `makeOnce`. */
  createVoice(asked: CloneAsked, signal: AbortSignal): Promise<ClonedVoice>
  /** From words, with a preview. */
  designVoice(asked: DesignAsked, signal: AbortSignal): Promise<DesignedVoice>
  /** Looks for a voice whose making was not heard of. */
  findMadeVoice(made: MadeVoice, signal: AbortSignal): Promise<EnrolledVoice | undefined>
  listVoices(options: { readonly prefix: string | null }, signal: AbortSignal): Promise<readonly EnrolledVoice[]>
  queryVoice(voiceId: string, signal: AbortSignal): Promise<EnrolledVoice>
  updateVoice(
    asked: { readonly voiceId: string; readonly sample: VoiceSample },
    signal: AbortSignal,
  ): Promise<{ readonly way: SampleWay; readonly failedWays: readonly SampleWayFailed[] }>
  deleteVoice(voiceId: string, signal: AbortSignal): Promise<void>
  waitUntilUsable(
    voiceId: string,
    options: { readonly signal: AbortSignal; readonly onVoice?: (voice: EnrolledVoice) => void },
  ): Promise<EnrolledVoice>
}

export const createDashscopeVoices = (deps: SampleDeps): DashscopeVoices => ({
  createVoice: (asked, signal) => createVoice(deps, asked, signal),
  designVoice: (asked, signal) => designVoice(deps, asked, signal),
  findMadeVoice: (made, signal) => findMadeVoice(deps, made, signal),
  listVoices: (options, signal) => listVoices(deps, options, signal),
  queryVoice: (voiceId, signal) => queryVoice(deps, voiceId, signal),
  updateVoice: (asked, signal) => updateVoice(deps, asked, signal),
  deleteVoice: (voiceId, signal) => deleteVoice(deps, voiceId, signal),
  waitUntilUsable: (voiceId, options) => waitUntilUsable(deps, voiceId, options),
})
