import type { Reporter } from './reporter.ts'

/** Says what moves a hundred times and no more, however often it is told. */
export const everyPercent = (reporter: Reporter, event: string) => {
  let said = ''
  return (done: number, total: number, label: string): void => {
    const now = `${Math.floor((100 * done) / Math.max(1, total))} ${label}`
    if (now !== said) reporter.progress(event, done, total, label)
    said = now
  }
}
