import type { ReactNode } from 'react'
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

/** What is said about a recording, one below the other. */
export const AdviceList = ({ children }: { children: ReactNode }) => <ul className={styles.advice}>{children}</ul>

export const AdviceItem = ({ kind, children }: { kind: string; children: ReactNode }) => (
  <li data-kind={kind}>
    <Icon name={kind === 'good' ? 'check' : kind === 'problem' ? 'close' : 'alert'} />
    {children}
  </li>
)

type RecordingReportViewProps = {
  report: RecordingReport
  /** What is said instead of the advice for engines of this computer. */
  advice?: ReactNode
  /** Figures that the advice is about. */
  remarked?: readonly RecordingAdvice[]
}

/** A recording in numbers, and in words what could be better. */
export const RecordingReportView = ({ report, advice: otherAdvice, remarked: about }: RecordingReportViewProps) => {
  const t = useT()
  const { durationSec, isWhole, sampleRateHz, leadingSilenceSec, trailingSilenceSec, advice, problem } = report
  const duration = formatSeconds(t, durationSec)
  const decibels = (level: number): string => t('unit.decibels', { level })
  const remarked = new Set((about ?? advice).map((kind) => FIGURE_OF[kind]))
  const figures = [
    ['duration', isWhole ? duration : t('voices.report.duration.part', { duration })],
    ['rate', t('unit.hertz', { hertz: sampleRateHz })],
    ['speech', decibels(report.speechLevelDb)],
    ['noise', decibels(report.noiseLevelDb)],
    ['peak', decibels(report.peakDb)],
    ['clipped', t('unit.percentExact', { share: report.clippedShare })],
    ['silence', `${formatSeconds(t, leadingSilenceSec)} · ${formatSeconds(t, trailingSilenceSec)}`],
  ] as const
  const ownAdvice = !problem && (
    <AdviceList>
      {advice.length === 0 ? (
        <AdviceItem kind="good">{t('voices.report.good')}</AdviceItem>
      ) : (
        advice.map((kind) => (
          <AdviceItem key={kind} kind={kind}>
            {t(`voices.advice.${kind}`)}
          </AdviceItem>
        ))
      )}
    </AdviceList>
  )
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
      {otherAdvice ?? ownAdvice}
    </section>
  )
}
