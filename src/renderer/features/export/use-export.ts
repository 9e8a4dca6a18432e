import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from 'react'
import type { ExportedFile } from '../../../shared/audio/index.ts'
import type { AppContract, InputOf, OutputOf } from '../../../shared/contract/index.ts'
import { AppCancel, type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { JobListeners, RunningJob } from '../../bridge/index.ts'
import { useStudio } from '../../state/index.ts'

export type ExportState =
  | { kind: 'asking' }
  | { kind: 'running'; share: number; files: readonly ExportedFile[] }
  | { kind: 'done'; files: readonly ExportedFile[]; unrenderedLines: number }
  | { kind: 'failed'; error: AppErrorData }

type ExportJob = RunningJob<OutputOf<AppContract, 'export.run'>>

const listenersOf = (setState: Dispatch<SetStateAction<ExportState>>): JobListeners<'export.run'> => ({
  progress: ({ doneSamples, totalSamples }) =>
    setState((known) =>
      known.kind === 'running' ? { ...known, share: doneSamples / Math.max(1, totalSamples) } : known,
    ),
  item: (file) => setState((known) => (known.kind === 'running' ? { ...known, files: [...known.files, file] } : known)),
})

/** One run of the export and how it stands, also one from before the window was loaded. Closing the dialog cancels it. */
export const useExport = () => {
  const { bridge, document, notices } = useStudio()
  const [state, setState] = useState<ExportState>({ kind: 'asking' })
  const cancelRun = useRef<(() => void) | null>(null)
  useEffect(() => () => cancelRun.current?.(), [])

  const follow = useCallback(async (job: ExportJob): Promise<void> => {
    cancelRun.current = job.cancel
    try {
      const { files, unrenderedLines } = await job.result
      setState({ kind: 'done', files, unrenderedLines })
    } catch (error) {
      setState(error instanceof AppCancel ? { kind: 'asking' } : { kind: 'failed', error: toAppError(error).toData() })
    } finally {
      cancelRun.current = null
    }
  }, [])

  useEffect(() => {
    const findRunning = async () => (await bridge.call('job.list')).find(({ channel }) => channel === 'export.run')
    const resume = async (): Promise<void> => {
      const known = await findRunning()
      if (!known) return
      setState({ kind: 'running', share: 0, files: [] })
      void follow(bridge.watch('export.run', known.jobId, listenersOf(setState)))
      // It may have ended between the two, with nobody listening: then its files are there, and there is nothing to wait for.
      if (!(await findRunning())) setState((state) => (state.kind === 'running' ? { kind: 'asking' } : state))
    }
    resume().catch(notices.tellError)
  }, [bridge, follow, notices])

  const run = async (input: Omit<InputOf<AppContract, 'export.run'>, 'projectId'>): Promise<void> => {
    const opened = document.store.getState()
    if (!opened) return
    setState({ kind: 'running', share: 0, files: [] })
    try {
      await document.settled()
      const order = { ...input, projectId: opened.projectId }
      await follow(bridge.start('export.run', order, listenersOf(setState)))
    } catch (error) {
      setState({ kind: 'failed', error: toAppError(error).toData() })
    }
  }
  return { state, run, cancel: () => cancelRun.current?.(), ask: () => setState({ kind: 'asking' }) }
}
