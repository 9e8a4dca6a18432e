import { useRef, useState } from 'react'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'

type Standing = { isBusy: boolean; failure: AppErrorData | null }

const IDLE: Standing = { isBusy: false, failure: null }

/** What a form does when it is sent: one at a time, and where it fails, the form stays and says why. */
export const useSubmit = (work: () => Promise<void>): Standing & { submit(): void; forgetFailure(): void } => {
  const [standing, setStanding] = useState(IDLE)
  const isAtWork = useRef(false)
  const submit = async (): Promise<void> => {
    if (isAtWork.current) return
    isAtWork.current = true
    setStanding({ isBusy: true, failure: null })
    try {
      await work()
      setStanding(IDLE)
    } catch (error) {
      setStanding({ isBusy: false, failure: toAppError(error).toData() })
    } finally {
      isAtWork.current = false
    }
  }
  return { ...standing, submit: () => void submit(), forgetFailure: () => setStanding(IDLE) }
}
