import { useState } from 'react'
import type { ScriptSource } from '../../../shared/contract/index.ts'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { type ScriptImportOptions, scriptImportOptionsSchema } from '../../../shared/script/index.ts'
import { useOpened, useStudio, useT } from '../../state/index.ts'
import { Button, Dialog, Field, Select } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
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
  const [isApplying, setIsApplying] = useState(false)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const { preview, error, isReading } = useScriptPreview(source, options)

  const change = (patch: Partial<ScriptImportOptions>): void => setOptions((known) => ({ ...known, ...patch }))
  const splitLongLines = (): void => change({ splitLongLines: true })
  const chooseAgain = (): void => {
    setSource(null)
    setFailure(null)
  }
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
  const apply = async (): Promise<void> => {
    if (!source) return
    setIsApplying(true)
    try {
      await (newProjectTitle === undefined ? applyToOpen(source) : applyToNew(newProjectTitle, source))
      dialogs.close()
    } catch (caught) {
      setFailure(toAppError(caught).toData())
    } finally {
      setIsApplying(false)
    }
  }

  const shownError = failure ?? error
  const canApply = preview !== null && preview.problems.length === 0 && !isReading && !isApplying
  return (
    <Dialog
      title={t('import.title')}
      closeLabel={t('common.close')}
      isWide
      onClose={dialogs.close}
      foot={
        <>
          {source && (
            <Button look="quiet" data-side="start" onClick={chooseAgain}>
              {t('import.chooseAgain')}
            </Button>
          )}
          <Button look="quiet" onClick={dialogs.close}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" disabled={!canApply} onClick={() => void apply()}>
            {preview ? t('import.apply', { count: preview.lineCount }) : t('import.apply.none')}
          </Button>
        </>
      }
    >
      {source === null && <ImportSource onSource={setSource} />}
      {shownError && (
        <ErrorNotice
          error={shownError}
          remedies={{
            'choose-another-file': chooseAgain,
            'try-again': () => setOptions({ ...options }),
            'split-long-lines': splitLongLines,
          }}
        />
      )}
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
    </Dialog>
  )
}
