import type { RecordingAdvice, RecordingReport } from '../../../shared/voice/index.ts'
import { useT } from '../../state/index.ts'
import { classes, Icon } from '../../ui/index.ts'
import { formatSeconds } from '../format.ts'
import styles from './recording-report-view.module.css'

/** Which advice is about which figure. */
const FIGURE_OF: Readonly<Record<RecordingAdvice, string>> = {
  short: 'duration',
  long: 'duration',
  clipped: 'clipped',
  quiet: 'speech',
  noisy: 'noise',
  'low-rate': 'rate',
}

/** A recording in numbers, and in words what could be better. */
export const RecordingReportView = ({ report }: { report: RecordingReport }) => {
  const t = useT()
  const { durationSec, isWhole, sampleRateHz, leadingSilenceSec, trailingSilenceSec, advice, problem } = report
  const duration = formatSeconds(t, durationSec)
  const decibels = (level: number): string => t('unit.decibels', { level })
  const remarked = new Set(advice.map((kind) => FIGURE_OF[kind]))
  const figures = [
    ['duration', isWhole ? duration : t('voices.report.duration.part', { duration })],
    ['rate', t('unit.hertz', { hertz: sampleRateHz })],
    ['speech', decibels(report.speechLevelDb)],
    ['noise', decibels(report.noiseLevelDb)],
    ['peak', decibels(report.peakDb)],
    ['clipped', t('unit.percentExact', { share: report.clippedShare })],
    ['silence', `${formatSeconds(t, leadingSilenceSec)} · ${formatSeconds(t, trailingSilenceSec)}`],
  ] as const
  return (
    <section aria-label={t('voices.report')} className={styles.report} data-testid="recording-report">
      <dl className={styles.figures}>
        {figures.map(([name, value]) => (
          <div key={name} className={classes(remarked.has(name) && styles.remarked)}>
            <dt>{t(`voices.report.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {!problem && (
        <ul className={styles.advice}>
          {advice.length === 0 ? (
            <li data-kind="good">
              <Icon name="check" />
              {t('voices.report.good')}
            </li>
          ) : (
            advice.map((kind) => (
              <li key={kind} data-kind={kind}>
                <Icon name="alert" />
                {t(`voices.advice.${kind}`)}
              </li>
            ))
          )}
        </ul>
      )}
    </section>
  )
}
