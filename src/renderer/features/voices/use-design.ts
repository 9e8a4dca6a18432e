import { useCallback, useEffect, useRef, useState } from 'react'
import type { AppContract, InputOf, OutputOf } from '../../../shared/contract/index.ts'
import type { VoicePreviewView } from '../../../shared/endpoint/index.ts'
import { AppCancel, type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { useStudio } from '../../state/index.ts'

export type DesignedVoice = OutputOf<AppContract, 'voice.design'>

export type Design =
  | { kind: 'idle' }
  | { kind: 'running'; stage: 'making' | 'waiting'; preview: VoicePreviewView | null }
  | { kind: 'failed'; error: AppErrorData }
  | { kind: 'made'; voice: DesignedVoice; preview: VoicePreviewView | null }

const IDLE: Design = { kind: 'idle' }

/** Makes a voice from words. Cancelled when the page is left; what was made by then is among the engine's voices. */
export const useDesign = () => {
  const { bridge } = useStudio()
  const [design, setDesign] = useState<Design>(IDLE)
  const running = useRef<{ cancel(): void } | null>(null)
  useEffect(() => () => running.current?.cancel(), [])
  const start = useCallback(
    (asked: InputOf<AppContract, 'voice.design'>): void => {
      if (running.current) return
      let preview: VoicePreviewView | null = null
      let stage: 'making' | 'waiting' = 'making'
      const show = (): void => setDesign({ kind: 'running', stage, preview })
      show()
      const job = bridge.start('voice.design', asked, {
        progress: (progress) => {
          stage = progress.stage
          show()
        },
        item: (heard) => {
          preview = heard
          show()
        },
      })
      running.current = job
      job.result
        .then(
          (voice) => setDesign({ kind: 'made', voice, preview: voice.preview ?? preview }),
          (error: unknown) =>
            setDesign(error instanceof AppCancel ? IDLE : { kind: 'failed', error: toAppError(error).toData() }),
        )
        .finally(() => {
          running.current = null
        })
    },
    [bridge],
  )
  const cancel = useCallback(() => running.current?.cancel(), [])
  const reset = useCallback(() => setDesign(IDLE), [])
  return { design, start, cancel, reset }
}
