import type { RemoteEngine } from '../../../shared/endpoint/index.ts'
import type { MemberId } from '../../../shared/kernel/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import type { Clock } from '../../clock/index.ts'
import type { Log } from '../../log/index.ts'
import type { Wire } from '../../remote/index.ts'

/** A recording as services take it. */
export type Recording = {
  /** A WAV file, 16 bits, mono. */
  readonly wav: Uint8Array<ArrayBuffer>
  /** What is said in it; null: nobody knows. */
  readonly transcript: string | null
  /** BCP 47; null: nobody knows. */
  readonly language: string | null
}

/** What an engine over endpoints is made of. */
export type RemoteSetup = {
  readonly engine: RemoteEngine
  /** Undefined where there is none. @throws AppError `secret.unreadable` */
  keyOf(memberId: MemberId): string | undefined
  /** Another for every other key, and not the key; null where there is none. */
  keyMark(memberId: MemberId): string | null
  /** The name by which an endpoint knows a voice; undefined where it does not. */
  remoteVoice(voice: RenderRequest['voice'], memberId: MemberId): string | undefined
  /** The recording that a voice of an endpoint was made of, or that goes along as the voice; undefined: none is here. */
  recordingOf(remoteVoice: string, memberId: MemberId): Promise<Recording | undefined>
  /** Of the recording that a voice of an endpoint was made of, BCP 47; null: nobody knows. */
  languageOf(remoteVoice: string, memberId: MemberId): string | null
  /** @throws AppError why a piece of so many units may not be sent */
  admit(units: number): void
}

/** What all of them share. */
export type RemoteDeps = {
  readonly wire: Wire
  readonly clock: Clock
  /** Uniform in [0, 1); spreads retries. */
  random(): number
  /** Of what services did that is not in their protocols, and of how they failed. */
  readonly log?: Log
}
