import { useEffect, useState } from 'react'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { RecordingReport } from '../../../shared/voice/index.ts'
import { useStudio } from '../../state/index.ts'
import type { ChosenRecording } from './use-choose-recording.ts'

export type Listened =
  | { kind: 'listening' }
  | { kind: 'heard'; report: RecordingReport }
  | { kind: 'failed'; error: AppErrorData }

/** What the recording that was chosen last is like. */
export const useRecordingReport = ({ grantId }: ChosenRecording): Listened => {
  const { bridge } = useStudio()
  const [listened, setListened] = useState<Listened & { grantId?: string }>({ kind: 'listening' })
  useEffect(() => {
    let isLast = true
    const hear = (next: Listened): void => {
      if (isLast) setListened({ ...next, grantId })
    }
    bridge
      .call('voice.inspect-recording', { grantId })
      .then((report) => hear({ kind: 'heard', report }))
      .catch((error: unknown) => hear({ kind: 'failed', error: toAppError(error).toData() }))
    return () => {
      isLast = false
    }
  }, [bridge, grantId])
  return listened.grantId === grantId ? listened : { kind: 'listening' }
}
