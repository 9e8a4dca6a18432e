import { useCallback, useEffect, useRef, useState } from 'react'
import type { MemberTrial, RemoteDraft } from '../../../shared/endpoint/index.ts'
import { AppCancel, type AppErrorData, toAppError, type VoiceId } from '../../../shared/kernel/index.ts'
import { useStudio } from '../../state/index.ts'

export type Trial = {
  isRunning: boolean
  trials: readonly MemberTrial[]
  /** Why it could not begin or go on; what fails at one endpoint is in its trial. */
  failure: AppErrorData | null
  start(draft: RemoteDraft, voiceId: VoiceId | null): void
  stop(): void
}

/** Speaks a sentence at every endpoint of a draft; it ends with the form. */
export const useTrial = (): Trial => {
  const { bridge } = useStudio()
  const [isRunning, setIsRunning] = useState(false)
  const [trials, setTrials] = useState<readonly MemberTrial[]>([])
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const running = useRef<{ cancel(): void } | null>(null)
  useEffect(() => () => running.current?.cancel(), [])
  const start = useCallback<Trial['start']>(
    (draft, voiceId) => {
      if (running.current) return
      setTrials([])
      setFailure(null)
      setIsRunning(true)
      const job = bridge.start(
        'remote.test',
        { ...draft, voiceId },
        { item: (trial) => setTrials((known) => [...known, trial]) },
      )
      running.current = job
      job.result
        .catch((error: unknown) => {
          if (!(error instanceof AppCancel)) setFailure(toAppError(error).toData())
        })
        .finally(() => {
          running.current = null
          setIsRunning(false)
        })
    },
    [bridge],
  )
  const stop = useCallback(() => running.current?.cancel(), [])
  return { isRunning, trials, failure, start, stop }
}
