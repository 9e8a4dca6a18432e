import { useState } from 'react'
import type { ProjectSummary } from '../../../shared/project/index.ts'
import { useT } from '../../state/index.ts'
import { Button, IconButton } from '../../ui/index.ts'
import { formatClock } from '../format.ts'
import styles from './project-card.module.css'
import { useProjects } from './use-projects.ts'

/** One project in the list; removing asks once, in place. */
export const ProjectCard = ({ project }: { project: ProjectSummary }) => {
  const t = useT()
  const { open, remove } = useProjects()
  const [isAsking, setIsAsking] = useState(false)
  const { projectId, title, lineCount, characterCount, spokenSec, changedAtEpochMs } = project
  return (
    <li className={styles.card} data-testid="project-card">
      <button type="button" className={styles.open} onClick={() => open(projectId)} aria-label={title}>
        <span className={styles.title}>{title}</span>
        <span className={styles.facts}>
          {t('home.project.facts', { lines: lineCount, characters: characterCount })}
          {spokenSec > 0 && ` · ${formatClock(spokenSec)}`}
        </span>
      </button>
      <span className={styles.changed}>{t('home.project.changed', { at: new Date(changedAtEpochMs) })}</span>
      {isAsking ? (
        <span className={styles.question} role="alertdialog" aria-label={t('home.project.removeQuestion')}>
          {t('home.project.removeQuestion')}
          <Button onClick={() => remove(projectId)}>{t('home.project.removeConfirm')}</Button>
          <Button look="quiet" onClick={() => setIsAsking(false)}>
            {t('common.cancel')}
          </Button>
        </span>
      ) : (
        <IconButton label={t('home.project.remove', { title })} icon="trash" onClick={() => setIsAsking(true)} />
      )}
    </li>
  )
}
