import type { AppErrorData } from '../../../shared/kernel/index.ts'
import type { NewVoice as Said } from '../../../shared/voice/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, Icon, Progress } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { RecordingReportView } from './recording-report-view.tsx'
import styles from './subpage.module.css'
import { Subpage } from './subpage.tsx'
import type { ChosenRecording } from './use-choose-recording.ts'
import { useRecordingReport } from './use-recording-report.ts'
import { VoiceForm } from './voice-form.tsx'

type NewVoiceProps = {
  recording: ChosenRecording
  onChooseAnother(): void
  onCancel(): void
  onCreated(name: string): void
}

const withoutExtension = (fileName: string): string => fileName.replace(/\.[^.]+$/, '')

/** Of a recording, another one is the only way out. */
const forRecording = (error: AppErrorData): AppErrorData => ({
  ...error,
  remedies: error.remedies.filter((remedy) => remedy !== 'choose-another-voice'),
})

/** A recording becomes a voice: first it is measured, then the person says who it is. */
export const NewVoice = ({ recording, onChooseAnother, onCancel, onCreated }: NewVoiceProps) => {
  const t = useT()
  const { bridge } = useStudio()
  const listened = useRecordingReport(recording)
  const report = listened.kind === 'heard' ? listened.report : null
  const error = listened.kind === 'failed' ? listened.error : report?.problem
  const create = async (said: Said): Promise<void> => {
    await bridge.call('voice.create', { ...said, grantId: recording.grantId })
    onCreated(said.name)
  }
  const remedies = { 'choose-another-file': onChooseAnother }
  return (
    <Subpage title={t('voices.create.title')} onBack={onCancel}>
      <div className={styles.recording}>
        <Icon name="file" />
        <span className={styles.fileName} title={recording.name}>
          {recording.name}
        </span>
        {!error && <Button onClick={onChooseAnother}>{t('voices.recording.another')}</Button>}
      </div>
      {listened.kind === 'listening' && (
        <Progress share={null} label={t('voices.recording.listening', { name: recording.name })} />
      )}
      {error && <ErrorNotice error={forRecording(error)} remedies={remedies} />}
      {report && <RecordingReportView report={report} />}
      {report && !report.problem && (
        <VoiceForm
          key={recording.grantId}
          submitLabel={t('voices.create.submit')}
          initial={{
            name: withoutExtension(recording.name).slice(0, 200),
            promptText: '',
            language: null,
            gender: 'neutral',
            notes: '',
          }}
          remedies={remedies}
          onSave={create}
          onCancel={onCancel}
        />
      )}
    </Subpage>
  )
}
