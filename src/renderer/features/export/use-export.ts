import { useEffect, useRef, useState } from 'react'
import type { ExportedFile } from '../../../shared/audio/index.ts'
import type { AppContract, InputOf } from '../../../shared/contract/index.ts'
import { AppCancel, type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { useStudio } from '../../state/index.ts'

export type ExportState =
  | { kind: 'asking' }
  | { kind: 'running'; share: number; files: readonly ExportedFile[] }
  | { kind: 'done'; files: readonly ExportedFile[]; unrenderedLines: number }
  | { kind: 'failed'; error: AppErrorData }

/** One run of the export and how it stands. Closing the dialog cancels it. */
export const useExport = () => {
  const { bridge, document } = useStudio()
  const [state, setState] = useState<ExportState>({ kind: 'asking' })
  const cancelRun = useRef<(() => void) | null>(null)
  useEffect(() => () => cancelRun.current?.(), [])

  const run = async (input: Omit<InputOf<AppContract, 'export.run'>, 'projectId'>): Promise<void> => {
    const opened = document.store.getState()
    if (!opened) return
    setState({ kind: 'running', share: 0, files: [] })
    try {
      await document.settled()
      const job = bridge.start(
        'export.run',
        { ...input, projectId: opened.projectId },
        {
          progress: ({ doneSamples, totalSamples }) =>
            setState((known) =>
              known.kind === 'running' ? { ...known, share: doneSamples / Math.max(1, totalSamples) } : known,
            ),
          item: (file) =>
            setState((known) => (known.kind === 'running' ? { ...known, files: [...known.files, file] } : known)),
        },
      )
      cancelRun.current = job.cancel
      const { files, unrenderedLines } = await job.result
      setState({ kind: 'done', files, unrenderedLines })
    } catch (error) {
      setState(error instanceof AppCancel ? { kind: 'asking' } : { kind: 'failed', error: toAppError(error).toData() })
    } finally {
      cancelRun.current = null
    }
  }
  return { state, run, cancel: () => cancelRun.current?.(), ask: () => setState({ kind: 'asking' }) }
}
