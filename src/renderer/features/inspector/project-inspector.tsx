import { useMemo } from 'react'
import type { PauseRules } from '../../../shared/project/index.ts'
import { useProject, useStudio, useT } from '../../state/index.ts'
import { CommittedTextInput, Field, NumberInput } from '../../ui/index.ts'
import { DirectionFields } from './direction-fields.tsx'
import styles from './inspector.module.css'

const PAUSES = ['linePauseSec', 'paragraphPauseSec', 'chapterPauseSec'] as const satisfies (keyof PauseRules)[]

/** What holds for the whole project where chapters, characters and lines say nothing. */
export const ProjectInspector = () => {
  const t = useT()
  const { projectCommands } = useStudio()
  const settings = useProject((project) => project.settings)
  const target = useMemo(() => ({ kind: 'project' as const }), [])
  return (
    <>
      <h2 className={styles.title}>{t('inspector.project')}</h2>
      <Field label={t('inspector.project.title')}>
        {(ids) => (
          <CommittedTextInput
            {...ids}
            maxLength={300}
            value={settings.title}
            onCommit={(title) => title.trim() && projectCommands.changeSettings({ title: title.trim() })}
          />
        )}
      </Field>
      <Field label={t('inspector.project.author')}>
        {(ids) => (
          <CommittedTextInput
            {...ids}
            maxLength={300}
            value={settings.author}
            onCommit={(author) => projectCommands.changeSettings({ author: author.trim() })}
          />
        )}
      </Field>
      <Field label={t('inspector.project.album')}>
        {(ids) => (
          <CommittedTextInput
            {...ids}
            maxLength={300}
            value={settings.album}
            onCommit={(album) => projectCommands.changeSettings({ album: album.trim() })}
          />
        )}
      </Field>
      <Field label={t('inspector.project.rate')} note={t('inspector.project.rate.note')}>
        {({ id }) => <output id={id}>{t('unit.hertz', { hertz: settings.sampleRateHz })}</output>}
      </Field>
      <h3 className={styles.section}>{t('inspector.project.pauses')}</h3>
      {PAUSES.map((name) => (
        <Field key={name} label={t(`inspector.project.${name}`)}>
          {(ids) => (
            <>
              <NumberInput
                {...ids}
                min={0}
                max={60}
                value={settings.pauses[name]}
                onCommit={(seconds) =>
                  seconds !== null &&
                  projectCommands.changeSettings({ pauses: { ...settings.pauses, [name]: seconds } })
                }
              />
              <span>{t('unit.seconds')}</span>
            </>
          )}
        </Field>
      ))}
      <h3 className={styles.section}>{t('inspector.project.direction')}</h3>
      <DirectionFields target={target} />
    </>
  )
}
