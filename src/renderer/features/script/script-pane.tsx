import { type DragEvent, useState } from 'react'
import { samplesToSec } from '../../../shared/kernel/index.ts'
import { isDue, LINE_MARKS, useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, classes } from '../../ui/index.ts'
import { ActionButton } from '../actions/index.ts'
import { formatClock } from '../format.ts'
import { ScriptList } from './script-list.tsx'
import styles from './script-pane.module.css'
import { useScriptRows } from './use-script-rows.ts'

const DUE_MARKS = LINE_MARKS.filter(isDue)

const ScriptTools = () => {
  const t = useT()
  const { scan, arrangement, selection } = useStudio()
  const lineCount = useProject((project) => project.lines.size)
  const sampleRateHz = useProject((project) => project.settings.sampleRateHz)
  const durationSamples = useSlice(arrangement, (state) => state.durationSamples)
  const dueCount = useSlice(scan, ({ counts }) => DUE_MARKS.reduce((sum, mark) => sum + counts[mark], 0))
  const readyCount = useSlice(scan, ({ counts }) => counts.ready)
  const isRendering = useSlice(scan, ({ counts }) => counts.queued + counts.running > 0)
  const filter = useSlice(selection.store, (state) => state.filter)
  const shownCount = useScriptRows().filter((row) => row.kind === 'line').length
  return (
    <div className={styles.tools} role="toolbar" aria-label={t('script.tools')}>
      <ActionButton actionId="render.project" look="primary">
        {dueCount > 0
          ? t('script.renderDue', { count: dueCount })
          : t(isRendering ? 'script.rendering' : readyCount > 0 ? 'script.allRendered' : 'script.render')}
      </ActionButton>
      <ActionButton actionId="line.insert-below" icon="plus">
        {t('script.newLine')}
      </ActionButton>
      <ActionButton actionId="script.import">{t('script.import')}</ActionButton>
      <span className={styles.facts} data-testid="script-facts">
        {t('script.facts', {
          lines: lineCount,
          clock: formatClock(samplesToSec(durationSamples, sampleRateHz)),
        })}
      </span>
      {filter && (
        <span className={styles.filter}>
          {t('script.filtered', { count: shownCount })}
          <Button look="link" onClick={() => selection.setFilter(null)}>
            {t('script.showAll')}
          </Button>
        </span>
      )}
    </div>
  )
}

const EmptyScript = () => {
  const t = useT()
  return (
    <div className={styles.empty}>
      <h2>{t('script.empty.title')}</h2>
      <p>{t('script.empty.text')}</p>
      <div className={styles.emptyButtons}>
        <ActionButton actionId="line.insert-below" look="primary" icon="plus">
          {t('script.empty.write')}
        </ActionButton>
        <ActionButton actionId="script.import" icon="file" />
      </div>
    </div>
  )
}

/** The middle of the window: what to do with the script, and the script. A file dropped here is imported. */
export const ScriptPane = () => {
  const t = useT()
  const { dialogs, selection, notices } = useStudio()
  const isEmpty = useScriptRows().length === 0
  const isFiltered = useSlice(selection.store, (state) => state.filter !== null)
  const [isDropping, setIsDropping] = useState(false)
  const hasFile = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')
  const drop = (event: DragEvent): void => {
    const [file] = event.dataTransfer.files
    setIsDropping(false)
    if (!file) return
    event.preventDefault()
    file
      .bytes()
      .then((bytes) => dialogs.open({ kind: 'import', source: { kind: 'bytes', name: file.name, bytes } }))
      .catch(notices.tellError)
  }
  return (
    <main
      className={classes(styles.pane, isDropping && styles.dropping)}
      aria-label={t('script.pane')}
      onDragOver={(event) => {
        if (!hasFile(event)) return
        event.preventDefault()
        setIsDropping(true)
      }}
      onDragLeave={() => setIsDropping(false)}
      onDrop={drop}
    >
      <ScriptTools />
      {isEmpty && !isFiltered ? <EmptyScript /> : <ScriptList />}
      {isEmpty && isFiltered && <p className={styles.none}>{t('script.filtered.none')}</p>}
    </main>
  )
}
