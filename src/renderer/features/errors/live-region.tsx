import { useEffect, useState } from 'react'
import { activeJobs, remainingLines, useSlice, useStudio, useT } from '../../state/index.ts'
import styles from './live-region.module.css'

/** Screen readers hear how rendering goes at most this often. */
const SAY_EVERY_MS = 5000

/** Tells progress to those who cannot see it: politely, and not at every line. */
export const LiveRegion = () => {
  const t = useT()
  const { queue } = useStudio()
  const waiting = useSlice(queue.store, ({ jobs }) =>
    activeJobs(jobs).reduce((count, job) => count + remainingLines(job), 0),
  )
  const [said, setSaid] = useState({ text: '', waiting: 0, atMs: 0 })
  useEffect(() => {
    if (waiting === said.waiting) return
    const waitMs = waiting === 0 ? 0 : Math.max(0, said.atMs + SAY_EVERY_MS - performance.now())
    const timer = setTimeout(() => {
      const text = waiting === 0 ? t('queue.live.done') : t('queue.live.waiting', { count: waiting })
      setSaid({ text, waiting, atMs: performance.now() })
    }, waitMs)
    return () => clearTimeout(timer)
  }, [waiting, said, t])
  return (
    <div className={styles.region} role="status" aria-live="polite" data-testid="live-region">
      {said.text}
    </div>
  )
}
