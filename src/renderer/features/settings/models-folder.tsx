import { useRef } from 'react'
import type { Settings } from '../../../shared/settings/index.ts'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, Field } from '../../ui/index.ts'
import styles from './settings-dialog.module.css'

/** Where models are kept. Another folder counts at once, and models stay where they are. */
export const ModelsFolder = ({ change }: { change(patch: Partial<Settings>): void }) => {
  const t = useT()
  const { bridge, library, models, notices } = useStudio()
  const isChosen = useSlice(library.store, ({ settings }) => settings.modelsDirectory !== null)
  const listing = useSlice(models.store, (state) => state.listing)
  const isAtWork = useSlice(models.store, ({ tasks }) => tasks.some(({ status }) => status !== 'failed'))
  const chooseButton = useRef<HTMLButtonElement>(null)
  /** The button goes with what it takes back; the focus does not. */
  const forget = (): void => {
    chooseButton.current?.focus()
    change({ modelsDirectory: null })
  }
  const choose = (): void => {
    bridge
      .call('model.choose-directory')
      .then((chosen) => chosen && change({ modelsDirectory: chosen.directory }))
      .catch(notices.tellError)
  }
  return (
    <Field
      label={t('settings.models')}
      note={
        isAtWork ? t('settings.models.atWork') : t('settings.models.note', { count: listing?.installed.length ?? 0 })
      }
    >
      {(ids) => (
        <>
          <output {...ids} className={styles.path} data-testid="models-folder">
            {listing?.directory}
          </output>
          {isChosen && (
            <Button look="quiet" disabled={isAtWork} onClick={forget}>
              {t('settings.models.preset')}
            </Button>
          )}
          <Button ref={chooseButton} icon="folder" disabled={isAtWork} onClick={choose}>
            {t('settings.models.choose')}
          </Button>
        </>
      )}
    </Field>
  )
}
