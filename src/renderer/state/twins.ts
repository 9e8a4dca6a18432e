import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppContract, InputOf } from '../../shared/contract/index.ts'
import type { MemberVoices, TwinOutcome } from '../../shared/endpoint/index.ts'
import { AppCancel, type AppErrorData, type EngineId, toAppError, type VoiceId } from '../../shared/kernel/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type CopyDeed = 'enrol' | 'renew'
export type MembersProgress = { doneMembers: number; totalMembers: number }

/** How the copying of a voice to an engine stands; none where nothing was asked for, or all went well. */
export type CopyJob =
  | { kind: 'running'; deed: CopyDeed; progress: MembersProgress | null }
  /** It could not begin, or failed at every endpoint. */
  | { kind: 'failed'; deed: CopyDeed; error: AppErrorData }
  /** It is over, and failed at some endpoints, or there is something to be said of how it went. */
  | { kind: 'incomplete'; outcomes: readonly TwinOutcome[] }

/** How the voices of an engine and those of the library were compared. */
export type SyncJob = {
  isRunning: boolean
  progress: MembersProgress | null
  /** What is known so far, by endpoint. */
  members: readonly MemberVoices[]
  error: AppErrorData | null
}

/** Copies of voices at services: what this window has asked for. It goes on when the page is left. */
export type Twins = {
  copies: StoreApi<ReadonlyMap<string, CopyJob>>
  syncs: StoreApi<ReadonlyMap<EngineId, SyncJob>>
  /** Does nothing while the same voice is being copied to the same engine. */
  copy(deed: CopyDeed, asked: InputOf<AppContract, 'twin.enrol'>): void
  /** What was made stays. */
  cancelCopy(voiceId: VoiceId, engineId: EngineId): void
  forgetCopy(voiceId: VoiceId, engineId: EngineId): void
  sync(engineId: EngineId): void
  cancelSync(engineId: EngineId): void
}

export const copyKeyOf = (voiceId: VoiceId, engineId: EngineId): string => `${voiceId} ${engineId}`

export const createTwins = (bridge: Bridge): Twins => {
  const copies = createStore<ReadonlyMap<string, CopyJob>>(() => new Map())
  const syncs = createStore<ReadonlyMap<EngineId, SyncJob>>(() => new Map())
  const running = new Map<string, { cancel(): void }>()
  const setCopy = (key: string, job: CopyJob | null): void => {
    const next = new Map(copies.getState())
    if (job) next.set(key, job)
    else next.delete(key)
    copies.setState(next, true)
  }
  const setSync = (engineId: EngineId, change: (known: SyncJob) => SyncJob): void => {
    const known = syncs.getState().get(engineId) ?? { isRunning: true, progress: null, members: [], error: null }
    syncs.setState(new Map(syncs.getState()).set(engineId, change(known)), true)
  }
  return {
    copies,
    syncs,
    copy(deed, asked) {
      const key = copyKeyOf(asked.voiceId, asked.engineId)
      if (running.has(key)) return
      setCopy(key, { kind: 'running', deed, progress: null })
      const job = bridge.start(deed === 'enrol' ? 'twin.enrol' : 'twin.renew', asked, {
        progress: (progress) => setCopy(key, { kind: 'running', deed, progress }),
      })
      running.set(key, job)
      const end = (state: CopyJob | null): void => {
        running.delete(key)
        setCopy(key, state)
      }
      job.result.then(
        ({ outcomes }) =>
          end(
            outcomes.some(({ error, warnings }) => error !== null || warnings.length > 0)
              ? { kind: 'incomplete', outcomes }
              : null,
          ),
        (error: unknown) =>
          end(error instanceof AppCancel ? null : { kind: 'failed', deed, error: toAppError(error).toData() }),
      )
    },
    cancelCopy: (voiceId, engineId) => running.get(copyKeyOf(voiceId, engineId))?.cancel(),
    forgetCopy(voiceId, engineId) {
      const key = copyKeyOf(voiceId, engineId)
      if (!running.has(key)) setCopy(key, null)
    },
    sync(engineId) {
      if (running.has(engineId)) return
      setSync(engineId, () => ({ isRunning: true, progress: null, members: [], error: null }))
      const job = bridge.start(
        'twin.sync',
        { engineId },
        {
          progress: (progress) => setSync(engineId, (known) => ({ ...known, progress })),
          item: (member) => setSync(engineId, (known) => ({ ...known, members: [...known.members, member] })),
        },
      )
      running.set(engineId, job)
      job.result
        .then(
          ({ members }) => setSync(engineId, (known) => ({ ...known, members })),
          (error: unknown) => {
            if (!(error instanceof AppCancel))
              setSync(engineId, (known) => ({ ...known, error: toAppError(error).toData() }))
          },
        )
        .finally(() => {
          running.delete(engineId)
          setSync(engineId, (known) => ({ ...known, isRunning: false }))
        })
    },
    cancelSync: (engineId) => running.get(engineId)?.cancel(),
  }
}
