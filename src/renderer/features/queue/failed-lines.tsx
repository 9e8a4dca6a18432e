import { useMemo } from 'react'
import { useScriptCommands, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import styles from './queue-panel.module.css'

const MOST_SHOWN = 50

/** Lines of this project that failed, each leading to its place in the script. */
export const FailedLines = () => {
  const t = useT()
  const { queue, rows } = useStudio()
  const commands = useScriptCommands()
  const lines = useSlice(queue.store, (state) => state.lines)
  const list = useSlice(rows, (state) => state)
  const failures = useMemo(() => {
    const failed = new Map(
      [...lines.values()].flatMap((line) =>
        line.status === 'failed' && line.error ? [[line.lineId, line.error] as const] : [],
      ),
    )
    return list.flatMap((row) => {
      const error = row.kind === 'line' ? failed.get(row.id) : undefined
      return row.kind === 'line' && error ? [{ lineId: row.id, number: row.number, error }] : []
    })
  }, [lines, list])
  if (failures.length === 0) return null
  return (
    <section aria-labelledby="queue-failed">
      <h3 id="queue-failed" className={styles.heading}>
        {t('queue.failed.heading', { count: failures.length })}
      </h3>
      <ul>
        {failures.slice(0, MOST_SHOWN).map(({ lineId, number, error }) => (
          <li key={lineId} className={styles.failure}>
            <Button look="link" onClick={() => commands.chooseLine(lineId)}>
              {t('queue.failed.line', { number })}
            </Button>
            <ErrorNotice
              error={error}
              look="line"
              remedies={{ 'try-again': () => commands.render({ kind: 'lines', lineIds: [lineId] }) }}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}
