import { useState } from 'react'
import type { ScriptSource } from '../../../shared/contract/index.ts'
import { type ScriptImportOptions, scriptImportOptionsSchema } from '../../../shared/script/index.ts'
import { useOpened, useStudio, useT } from '../../state/index.ts'
import { Button, Field, Select } from '../../ui/index.ts'
import { FormDialog, useSubmit } from '../forms/index.ts'
import styles from './import-dialog.module.css'
import { ImportOptions } from './import-options.tsx'
import { ImportPreview } from './import-preview.tsx'
import { ImportSource } from './import-source.tsx'
import { useScriptPreview } from './use-script-preview.ts'

const PRESET: ScriptImportOptions = scriptImportOptionsSchema.parse({})

type Placing = 'append' | 'replace'

type ImportDialogProps = { source: ScriptSource | null; newProjectTitle?: string }

/**
 * Brings text into the open project, or into a new one: first it is shown what would happen, then it happens, as one step
 * of undo.
 */
export const ImportDialog = ({ source: given, newProjectTitle }: ImportDialogProps) => {
  const t = useT()
  const { dialogs, document, bridge, notices, selection, openProject } = useStudio()
  const hasLines = useOpened((opened) => newProjectTitle === undefined && (opened?.project.lines.size ?? 0) > 0)
  const [source, setSource] = useState(given)
  const [options, setOptions] = useState(PRESET)
  const [placing, setPlacing] = useState<Placing>('append')
  const { preview, error, isReading } = useScriptPreview(source, options)

  const change = (patch: Partial<ScriptImportOptions>): void => setOptions((known) => ({ ...known, ...patch }))
  const splitLongLines = (): void => change({ splitLongLines: true })
  const applyToNew = async (title: string, from: ScriptSource): Promise<void> => {
    const { projectId } = await bridge.call('project.create', { title })
    try {
      await bridge.call('script.apply', { projectId, source: from, options, placing: 'replace' })
    } catch (caught) {
      await bridge.call('project.delete', { projectId })
      throw caught
    }
    await openProject(projectId)
  }
  const applyToOpen = async (from: ScriptSource): Promise<void> => {
    const opened = document.store.getState()
    if (!opened) return
    await document.settled()
    const { projectId } = opened
    const before = opened.project.lines.size
    document.adopt(await bridge.call('script.apply', { projectId, source: from, options, placing }))
    selection.chooseNothing()
    const after = document.store.getState()?.project.lines.size ?? 0
    notices.tell('notice.imported', { count: placing === 'append' ? after - before : after }, 'edit.undo')
  }
  const { isBusy, failure, submit, forgetFailure } = useSubmit(async () => {
    if (!source) return
    await (newProjectTitle === undefined ? applyToOpen(source) : applyToNew(newProjectTitle, source))
    dialogs.close()
  })
  const chooseAgain = (): void => {
    setSource(null)
    forgetFailure()
  }
  return (
    <FormDialog
      title={t('import.title')}
      submitLabel={preview ? t('import.apply', { count: preview.lineCount }) : t('import.apply.none')}
      onSubmit={submit}
      onClose={dialogs.close}
      isReady={preview !== null && preview.problems.length === 0 && !isReading}
      isBusy={isBusy}
      error={failure ?? error}
      remedies={{
        'choose-another-file': chooseAgain,
        'try-again': failure ? submit : () => setOptions({ ...options }),
        'split-long-lines': splitLongLines,
      }}
      aside={
        source && (
          <Button look="quiet" data-side="start" aria-disabled={isBusy} onClick={isBusy ? undefined : chooseAgain}>
            {t('import.chooseAgain')}
          </Button>
        )
      }
      isWide
    >
      {source === null && <ImportSource onSource={setSource} />}
      {source && (
        <div className={styles.columns} aria-busy={isReading}>
          <div className={styles.options}>
            <ImportOptions options={options} preview={preview} onChange={change} />
            {hasLines && (
              <Field label={t('import.placing')} isStacked>
                {(ids) => (
                  <Select<Placing>
                    {...ids}
                    value={placing}
                    options={[
                      { value: 'append', label: t('import.placing.append') },
                      { value: 'replace', label: t('import.placing.replace') },
                    ]}
                    onChoose={setPlacing}
                  />
                )}
              </Field>
            )}
          </div>
          {preview && <ImportPreview preview={preview} onSplitLongLines={splitLongLines} />}
        </div>
      )}
    </FormDialog>
  )
}
