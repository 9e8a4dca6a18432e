import { useState } from 'react'
import { type ExportFormat, type ExportSettings, estimateSizeBytes } from '../../../shared/audio/index.ts'
import type { GrantId } from '../../../shared/kernel/index.ts'
import { samplesToSec } from '../../../shared/kernel/index.ts'
import { isDue, LINE_MARKS, useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, Checkbox, Field, Progress, TextInput } from '../../ui/index.ts'
import { FormDialog } from '../forms/index.ts'
import styles from './export-dialog.module.css'
import { EXPORT_FORMATS, exportPreset } from './export-presets.ts'
import { ExportResult } from './export-result.tsx'
import { FormatSettings } from './format-settings.tsx'
import { UnrenderedWarning } from './unrendered-warning.tsx'
import { useExport } from './use-export.ts'

const DUE_MARKS = LINE_MARKS.filter(isDue)
/** Characters that no file system of ours takes in a name. */
const UNWANTED_IN_NAMES = /[\\/:*?"<>|\p{Cc}]/gu

const nameFor = (title: string): string => title.replace(UNWANTED_IN_NAMES, ' ').trim().slice(0, 200) || 'export'

/** Writes the project as audio files: where, how, and then what came of it. */
export const ExportDialog = () => {
  const t = useT()
  const { dialogs, bridge, notices, library, scan, arrangement, commands } = useStudio()
  const settings = useProject((project) => project.settings)
  const lastFolder = useSlice(library.store, (state) => state.settings.exportFolder)
  const unrendered = useSlice(scan, ({ counts }) => DUE_MARKS.reduce((sum, mark) => sum + counts[mark], 0))
  const durationSamples = useSlice(arrangement, (state) => state.durationSamples)
  const { state, run, cancel, ask } = useExport()
  const [folder, setFolder] = useState<{ grantId: GrantId; name: string } | null>(null)
  const [fileName, setFileName] = useState(nameFor(settings.title))
  const [tags, setTags] = useState({ title: settings.title, author: settings.author, album: settings.album })
  const [chosen, setChosen] = useState<ReadonlySet<ExportFormat>>(new Set(['wav']))
  const [formats, setFormats] = useState<Readonly<Record<ExportFormat, ExportSettings>>>(() => ({
    wav: exportPreset('wav', settings.sampleRateHz),
    mp3: exportPreset('mp3', settings.sampleRateHz),
    opus: exportPreset('opus', settings.sampleRateHz),
  }))

  const wanted = EXPORT_FORMATS.filter((format) => chosen.has(format)).map((format) => formats[format])
  const chooseFolder = (): void => {
    bridge
      .call('export.choose-folder')
      .then((picked) => picked && setFolder(picked))
      .catch(notices.tellError)
  }
  const start = (): void =>
    void run({ folderGrantId: folder?.grantId ?? null, fileName: nameFor(fileName), tags, formats: wanted })
  const toggle = (format: ExportFormat, isOn: boolean): void => {
    const next = new Set(chosen)
    if (isOn) next.add(format)
    else next.delete(format)
    setChosen(next)
  }
  const renderFirst = (): void => {
    commands.render({ kind: 'project' })
    dialogs.close()
  }
  const sizeOf = (format: ExportSettings): string => {
    const durationSec = samplesToSec(durationSamples, settings.sampleRateHz)
    const sizeBytes = estimateSizeBytes(format, Math.round(durationSec * format.sampleRateHz))
    return sizeBytes === undefined ? '' : t('export.estimate', { megabytes: sizeBytes / 1e6 })
  }

  const isRunning = state.kind === 'running'
  const canStart = wanted.length > 0 && fileName.trim() !== '' && durationSamples > 0
  return (
    <FormDialog
      title={t('export.title')}
      submitLabel={t('export.start', { count: wanted.length })}
      onSubmit={start}
      onClose={dialogs.close}
      isReady={canStart}
      error={state.kind === 'failed' ? state.error : null}
      remedies={{
        'try-again': start,
        'choose-another-folder': chooseFolder,
        'render-first': renderFirst,
        'render-again': renderFirst,
      }}
      isWide
      foot={
        isRunning ? (
          <Button onClick={cancel}>{t('export.cancel')}</Button>
        ) : state.kind === 'done' ? (
          <>
            <Button look="quiet" onClick={ask}>
              {t('export.again')}
            </Button>
            <Button look="primary" onClick={dialogs.close}>
              {t('common.done')}
            </Button>
          </>
        ) : undefined
      }
    >
      {isRunning && (
        <div className={styles.running}>
          <Progress share={state.share} label={t('export.progress')} />
          <p>{t('export.running', { share: state.share, done: state.files.length, total: wanted.length })}</p>
        </div>
      )}
      {state.kind === 'done' && (
        <>
          <ExportResult files={state.files} />
          {state.unrenderedLines > 0 && (
            <p className={styles.warning}>{t('export.done.unrendered', { count: state.unrenderedLines })}</p>
          )}
        </>
      )}
      {(state.kind === 'asking' || state.kind === 'failed') && (
        <>
          {unrendered > 0 && <UnrenderedWarning count={unrendered} onRender={renderFirst} />}
          <div className={styles.columns}>
            <div className={styles.column}>
              <Field label={t('export.folder')}>
                {(ids) => (
                  <>
                    <output {...ids} className={styles.folder} title={folder?.name ?? lastFolder ?? undefined}>
                      {folder?.name ?? lastFolder ?? t('export.folder.preset')}
                    </output>
                    <Button icon="folder" onClick={chooseFolder}>
                      {t('export.folder.choose')}
                    </Button>
                  </>
                )}
              </Field>
              <Field
                label={t('export.fileName')}
                problem={fileName.trim() === '' ? t('export.fileName.empty') : undefined}
              >
                {(ids) => (
                  <TextInput
                    {...ids}
                    maxLength={200}
                    value={fileName}
                    onChange={(event) => setFileName(event.target.value)}
                  />
                )}
              </Field>
              {(['title', 'author', 'album'] as const).map((tag) => (
                <Field key={tag} label={t(`export.tag.${tag}`)}>
                  {(ids) => (
                    <TextInput
                      {...ids}
                      maxLength={300}
                      value={tags[tag]}
                      onChange={(event) => setTags({ ...tags, [tag]: event.target.value })}
                    />
                  )}
                </Field>
              ))}
            </div>
            <fieldset className={styles.formats}>
              <legend>{t('export.formats')}</legend>
              {EXPORT_FORMATS.map((format) => (
                <div key={format} className={styles.format} data-testid={`format-${format}`}>
                  <Checkbox
                    label={
                      <span>
                        {t(`export.format.${format}`)} <small>{chosen.has(format) && sizeOf(formats[format])}</small>
                      </span>
                    }
                    checked={chosen.has(format)}
                    onChange={(event) => toggle(format, event.target.checked)}
                  />
                  {chosen.has(format) && (
                    <FormatSettings
                      settings={formats[format]}
                      onChange={(next) => setFormats({ ...formats, [format]: next })}
                    />
                  )}
                </div>
              ))}
            </fieldset>
          </div>
          {durationSamples === 0 && <p className={styles.warning}>{t('export.nothing')}</p>}
        </>
      )}
    </FormDialog>
  )
}
