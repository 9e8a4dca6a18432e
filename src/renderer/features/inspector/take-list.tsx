import { warningText } from '../../../shared/i18n/index.ts'
import { type LineId, samplesToSec } from '../../../shared/kernel/index.ts'
import type { Take } from '../../../shared/render/index.ts'
import { useLineStatus, useProject, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, classes, Icon, IconButton } from '../../ui/index.ts'
import { formatSeconds } from '../format.ts'
import { TakeWaveform } from '../timeline/take-waveform.tsx'
import inspectorStyles from './inspector.module.css'
import styles from './take-list.module.css'

const NO_TAKES: readonly Take[] = []

/** The takes of a line: hear them, and say which one plays. */
export const TakeList = ({ lineId }: { lineId: LineId }) => {
  const { t, language } = useTranslator()
  const { takes, transport, projectCommands, notices, requestOf, library } = useStudio()
  const ofLine = useSlice(takes.store, (state) => state.byLine.get(lineId) ?? NO_TAKES)
  const world = useSlice(library.store, (state) => state.world)
  const playing = useLineStatus(lineId)?.status.take
  const chosenId = useProject((project) => project.lines.get(lineId)?.takeId ?? null)
  const takeKey = useProject((project) => {
    const line = project.lines.get(lineId)
    const request = line && requestOf(project, line)
    return request?.ok ? request.request.takeKey : null
  })
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' })
  return (
    <section aria-labelledby="inspector-takes">
      <h3 id="inspector-takes" className={inspectorStyles.section}>
        {t('takes.heading', { count: ofLine.length })}
      </h3>
      {ofLine.length === 0 && <p className={inspectorStyles.note}>{t('takes.none')}</p>}
      <ul className={styles.takes}>
        {ofLine.map((take, index) => (
          <li
            key={take.takeId}
            className={classes(styles.take, take === playing && styles.on)}
            data-testid="take"
            data-stale={take.takeKey !== takeKey || undefined}
          >
            <IconButton
              label={t('takes.play', { number: index + 1 })}
              icon="play"
              onClick={() => transport.playTake(take.takeId).catch(notices.tellError)}
            />
            <span className={styles.wave} title={when.format(take.createdAtEpochMs)}>
              <TakeWaveform takeId={take.takeId} label={t('takes.waveform', { number: index + 1 })} />
            </span>
            <span className={styles.facts}>
              {formatSeconds(t, samplesToSec(take.durationSamples, take.sampleRateHz))}
              <small>
                {take.takeKey === takeKey ? t('takes.matches') : t('mark.stale')}
                {world.engines.get(take.engineId)?.isDraft && ` · ${t('window.engine.draft')}`}
              </small>
            </span>
            <IconButton
              label={t(take.takeId === chosenId ? 'takes.chosen' : 'takes.choose', { number: index + 1 })}
              icon="check"
              aria-pressed={take.takeId === chosenId}
              onClick={() => projectCommands.chooseTake(lineId, take.takeId === chosenId ? null : take.takeId)}
            />
            {take.warnings.length > 0 && (
              <ul className={styles.warnings} aria-label={t('takes.warnings', { number: index + 1 })}>
                {take.warnings.map((warning) => (
                  <li key={`${warning.field} ${warning.reason}`} data-testid="take-warning">
                    <Icon name="alert" />
                    {warningText(t, warning)}
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {chosenId !== null && (
        <Button look="link" onClick={() => projectCommands.chooseTake(lineId, null)}>
          {t('takes.automatic')}
        </Button>
      )}
    </section>
  )
}
