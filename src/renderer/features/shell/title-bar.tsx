import { useState } from 'react'
import { editLabelKey } from '../../../shared/i18n/index.ts'
import { activeJobs, remainingLines, useOpened, useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { Icon } from '../../ui/index.ts'
import { ActionButton, ActionIcon } from '../actions/index.ts'
import { engineChip } from '../engines/engine-chip.ts'
import { OfflineSign } from './offline-sign.tsx'
import { SpentButton } from './spent-button.tsx'
import styles from './title-bar.module.css'

const ProjectTitle = () => {
  const t = useT()
  const title = useProject((project) => project.settings.title)
  const { projectCommands } = useStudio()
  const [draft, setDraft] = useState<string | null>(null)
  const keep = (): void => {
    if (draft?.trim() && draft !== title) projectCommands.changeSettings({ title: draft.trim() })
    setDraft(null)
  }
  return draft === null ? (
    <button type="button" className={styles.title} title={t('window.title.rename')} onClick={() => setDraft(title)}>
      {title}
    </button>
  ) : (
    <input
      className={styles.titleInput}
      aria-label={t('window.title.label')}
      // biome-ignore lint/a11y/noAutofocus: the person asked for this field by pressing the title
      autoFocus
      maxLength={300}
      value={draft}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === 'Enter') keep()
        if (event.key === 'Escape') setDraft(null)
      }}
    />
  )
}

const HistoryButtons = () => {
  const t = useT()
  const undoLabel = useOpened((opened) => opened?.history.undoLabel)
  const redoLabel = useOpened((opened) => opened?.history.redoLabel)
  return (
    <>
      <ActionIcon
        actionId="edit.undo"
        icon="undo"
        label={undoLabel ? t('window.undo', { what: t(editLabelKey(undoLabel)) }) : t('action.edit.undo')}
      />
      <ActionIcon
        actionId="edit.redo"
        icon="redo"
        label={redoLabel ? t('window.redo', { what: t(editLabelKey(redoLabel)) }) : t('action.edit.redo')}
      />
    </>
  )
}

/** Which engine speaks where nothing else is said, and on what it was measured to; a draft says so. */
const EngineLabel = () => {
  const t = useT()
  const { library, devices, dialogs } = useStudio()
  const world = useSlice(library.store, (state) => state.world)
  const facts = useSlice(devices.store, (state) => state.facts)
  const staysOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  const engineId = useProject((project) => project.settings.direction.engineId) ?? world.defaultEngineId
  const engine = world.engines.get(engineId)
  const isUnavailable = engine?.unavailable != null || (engine?.isRemote === true && staysOffline)
  const state = !engine || isUnavailable ? 'missing' : engine.isDraft ? 'draft' : 'ready'
  const name = engineChip(engine, facts) ?? t('window.engine.missing')
  return (
    <button
      type="button"
      className={styles.pill}
      data-testid="engine-label"
      title={t('engines.chip.label', { name })}
      onClick={() => dialogs.open({ kind: 'pages', page: 'engines' })}
    >
      <span className={styles.dot} data-state={state} />
      <span>{name}</span>
      {engine?.isDraft && <span className={styles.draft}>{t('window.engine.draft')}</span>}
      {isUnavailable && <span className={styles.failed}>{t('engines.chip.unavailable')}</span>}
    </button>
  )
}

const QueueButton = () => {
  const t = useT()
  const { queue, preferences } = useStudio()
  const waiting = useSlice(queue.store, ({ jobs }) =>
    activeJobs(jobs).reduce((count, job) => count + remainingLines(job), 0),
  )
  const failed = useSlice(queue.store, ({ jobs }) => jobs.reduce((count, job) => count + job.failedLines, 0))
  const isPaused = useSlice(queue.store, (state) => state.isPaused)
  return (
    <button
      type="button"
      className={styles.pill}
      data-testid="queue-button"
      aria-label={t('window.queue.label', { waiting, failed })}
      onClick={() => preferences.setState({ sidePanel: 'queue' })}
    >
      <Icon name={isPaused ? 'pause' : 'queue'} />
      <span>{t('window.queue')}</span>
      <b>{waiting}</b>
      {failed > 0 && <b className={styles.failed}>{t('window.queue.failed', { count: failed })}</b>}
    </button>
  )
}

export const TitleBar = () => {
  const t = useT()
  const author = useProject((project) => project.settings.author)
  return (
    <header className={styles.bar}>
      <ActionIcon actionId="home.open" icon="home" />
      <ProjectTitle />
      {author && <span className={styles.author}>{author}</span>}
      <HistoryButtons />
      <div className={styles.end}>
        <OfflineSign />
        <EngineLabel />
        <QueueButton />
        <SpentButton />
        <ActionButton actionId="export.open" icon="export">
          {t('window.export')}
        </ActionButton>
        <ActionIcon actionId="voices.open" icon="voice" label={t('pages.title')} />
        <ActionIcon actionId="settings.open" icon="settings" />
        <ActionIcon actionId="help.shortcuts" icon="help" />
      </div>
    </header>
  )
}
