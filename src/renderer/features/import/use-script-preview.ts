import { useEffect, useState } from 'react'
import type { ScriptSource } from '../../../shared/contract/index.ts'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { ScriptImportOptions, ScriptPreview } from '../../../shared/script/index.ts'
import { useStudio } from '../../state/index.ts'

export type PreviewState = {
  isReading: boolean
  /** The newest preview there is, also while the next one is read. */
  preview: ScriptPreview | null
  error: AppErrorData | null
}

/** What importing a source with these options would do. */
export const useScriptPreview = (source: ScriptSource | null, options: ScriptImportOptions): PreviewState => {
  const { bridge } = useStudio()
  const [state, setState] = useState<PreviewState>({ isReading: false, preview: null, error: null })
  useEffect(() => {
    if (!source) return
    let isCurrent = true
    setState((known) => ({ ...known, isReading: true }))
    bridge
      .call('script.preview', { source, options })
      .then((preview) => isCurrent && setState({ isReading: false, preview, error: null }))
      .catch((error: unknown) => {
        if (isCurrent) setState({ isReading: false, preview: null, error: toAppError(error).toData() })
      })
    return () => {
      isCurrent = false
    }
  }, [bridge, source, options])
  return state
}
