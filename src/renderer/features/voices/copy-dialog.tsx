import { useEffect, useState } from 'react'
import {
  canCleanSample,
  dashscopeSampleUrlSchema,
  type RemoteEngine,
  sendsTranscript,
} from '../../../shared/endpoint/index.ts'
import { sentenceGap } from '../../../shared/i18n/index.ts'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { RecordingReport } from '../../../shared/voice/index.ts'
import { type CopyDeed, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'
import { Checkbox, Field, Icon, Progress, TextInput } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { formatSeconds } from '../format.ts'
import { FormDialog, useSubmit } from '../forms/index.ts'
import styles from './copy-dialog.module.css'
import { AdviceItem, AdviceList, RecordingReportView } from './recording-report-view.tsx'
import { bestLength, hostsOf, type SampleFinding, sampleFindings } from './voice-copies.ts'

type Listened = { report: RecordingReport | null; error: AppErrorData | null }

/** What the recording that a voice has is like. */
const useVoiceReport = ({ voiceId }: RecordedVoice): Listened => {
  const { bridge } = useStudio()
  const [listened, setListened] = useState<Listened>({ report: null, error: null })
  useEffect(() => {
    let isLast = true
    bridge
      .call('voice.inspect', { voiceId })
      .then((report) => isLast && setListened({ report, error: null }))
      .catch((error: unknown) => isLast && setListened({ report: null, error: toAppError(error).toData() }))
    return () => {
      isLast = false
    }
  }, [bridge, voiceId])
  return listened
}

/** What lies beyond a limit never reads as the limit itself. */
const figures = (measured: number, limit: number): { measured: number; threshold: number } => {
  const round = measured < limit ? Math.floor : Math.ceil
  return { measured: round(measured * 100) / 100, threshold: limit }
}

const Findings = ({
  engine: { connection, name },
  problems,
  advice,
}: {
  engine: RemoteEngine
  problems: readonly SampleFinding[]
  advice: readonly SampleFinding[]
}) => {
  const { t } = useTranslator()
  const { fromSec, toSec } = bestLength(connection)
  return (
    <AdviceList>
      {problems.map(({ rule, measured, limit }) => (
        <AdviceItem key={rule} kind="problem">
          {t('error.cloud.sample-unfit.why', {
            ...{ engine: name, rule, ...figures(measured, limit) },
          })}
        </AdviceItem>
      ))}
      {advice.map(({ rule, measured, limit }) => (
        <AdviceItem key={rule} kind="advice">
          {t('voices.copy.advice', { rule, fromSec, toSec, ...figures(measured, limit) })}
        </AdviceItem>
      ))}
      {problems.length + advice.length === 0 && <AdviceItem kind="good">{t('voices.report.good')}</AdviceItem>}
    </AdviceList>
  )
}

type CopyDialogProps = {
  voice: RecordedVoice
  engine: RemoteEngine
  deed: CopyDeed
  /** The service could not get the recording by any other way than an address of the person's own. */
  wantsAddress: boolean
  onClose(): void
}

/** What leaves this computer, where it goes and what it is like; nothing is sent before a person says so here. */
export const CopyDialog = ({ voice, engine, deed, wantsAddress, onClose }: CopyDialogProps) => {
  const { t, language } = useTranslator()
  const { bridge, twins, library } = useStudio()
  const isOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  const [isAllowed, setIsAllowed] = useState(false)
  const [sampleUrl, setSampleUrl] = useState('')
  const [isCleaned, setIsCleaned] = useState(false)
  const { report, error } = useVoiceReport(voice)
  const { voiceId, source } = voice
  const { engineId, connection } = engine
  const isUrlWrong = sampleUrl.trim() !== '' && !dashscopeSampleUrlSchema.safeParse(sampleUrl.trim()).success
  const { submit, isBusy, failure } = useSubmit(async () => {
    await bridge.call('consent.give', { subjectId: voiceId, engineId })
    twins.copy(deed, { voiceId, engineId, sampleUrl: sampleUrl.trim() === '' ? null : sampleUrl.trim(), isCleaned })
    onClose()
  })
  const findings = report && sampleFindings(connection, source, report)
  const hosts = new Intl.ListFormat(language).format(hostsOf(engine))
  const words = source.promptText.trim() !== '' && sendsTranscript(connection) ? 'some' : 'none'
  return (
    <FormDialog
      title={t(`voices.copy.title.${deed}`, { engine: engine.name, name: voice.name })}
      submitLabel={t(`voices.copy.submit.${deed}`)}
      onSubmit={submit}
      onClose={onClose}
      isReady={!isOffline && isAllowed && findings !== null && findings.problems.length === 0 && !isUrlWrong}
      isBusy={isBusy}
      error={failure}
      data-testid="copy-form"
    >
      {isOffline && (
        <p className={styles.offline} role="alert">
          <Icon name="offline" />
          {t('voices.copy.offline')}
        </p>
      )}
      <p>
        {t('voices.copy.what', {
          ...{ name: voice.name, engine: engine.name, hosts, words },
          duration: report ? formatSeconds(t, report.durationSec) : '',
          isKnown: report ? 'yes' : 'no',
        })}
        {connection.kind === 'dashscope' && sentenceGap(language) + t('voices.copy.storage')}
      </p>
      {!report && !error && <Progress share={null} label={t('voices.recording.listening', { name: voice.name })} />}
      {error && <ErrorNotice error={error} />}
      {report && findings && (
        <RecordingReportView
          report={report}
          remarked={report.advice.filter((kind) =>
            [...findings.problems, ...findings.advice].some(
              ({ rule }) => rule === kind || (kind === 'low-rate' && rule === 'lowRate'),
            ),
          )}
          advice={<Findings engine={engine} {...findings} />}
        />
      )}
      {canCleanSample(connection) && (
        <div className={styles.consent}>
          <Checkbox
            label={t('voices.copy.clean')}
            checked={isCleaned}
            onChange={(event) => setIsCleaned(event.target.checked)}
          />
          <p className={styles.note}>{t('voices.copy.clean.note')}</p>
        </div>
      )}
      {connection.kind === 'dashscope' && (
        <details className={styles.own} open={wantsAddress}>
          <summary>{t('voices.copy.url')}</summary>
          <Field
            label={t('voices.copy.url.label')}
            note={t('voices.copy.url.note')}
            problem={isUrlWrong ? t('voices.copy.url.wrong') : undefined}
          >
            {(ids) => (
              <TextInput
                {...ids}
                type="url"
                autoFocus={wantsAddress}
                aria-invalid={isUrlWrong}
                maxLength={2048}
                value={sampleUrl}
                onChange={(event) => setSampleUrl(event.target.value)}
              />
            )}
          </Field>
        </details>
      )}
      <div className={styles.consent}>
        <Checkbox
          label={t('sending.allow.voice', { engine: engine.name, voice: voice.name })}
          checked={isAllowed}
          onChange={(event) => setIsAllowed(event.target.checked)}
        />
        <p className={styles.note}>{t('voices.copy.consent.note')}</p>
      </div>
    </FormDialog>
  )
}
