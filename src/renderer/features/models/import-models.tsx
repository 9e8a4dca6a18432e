import { type FormEvent, useState } from 'react'
import type { GrantId } from '../../../shared/kernel/index.ts'
import type { ModelPrecision } from '../../../shared/model/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import styles from './import-models.module.css'
import { PrecisionChoice } from './precision-choice.tsx'

const FORM_ID = 'import-model'

export type ChosenFolder = { grantId: GrantId; name: string }

/** A folder may hold a checkpoint, which is converted: for what is asked before. */
export const ImportFolderDialog = ({ folder, onClose }: { folder: ChosenFolder; onClose(): void }) => {
  const t = useT()
  const { models } = useStudio()
  const [precision, setPrecision] = useState<ModelPrecision>('cpu')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    models.start({ channel: 'model.import', input: { grantId: folder.grantId, precision } }, folder.name)
    onClose()
  }
  return (
    <Dialog
      title={t('model.import.title', { name: folder.name })}
      closeLabel={t('common.close')}
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" type="submit" form={FORM_ID}>
            {t('model.import.start')}
          </Button>
        </>
      }
    >
      <form id={FORM_ID} onSubmit={submit}>
        <PrecisionChoice value={precision} note={t('model.import.precision.note')} onChoose={setPrecision} />
      </form>
    </Dialog>
  )
}

type ImportModelsProps = { onFolder(): void; onPack(): void }

/** Ways to a model that is on a disk already. */
export const ImportModels = ({ onFolder, onPack }: ImportModelsProps) => {
  const t = useT()
  return (
    <section className={styles.import} aria-labelledby="models-import">
      <div className={styles.words}>
        <h4 id="models-import">{t('model.import')}</h4>
        <p>{t('model.import.text')}</p>
      </div>
      <Button icon="folder" onClick={onFolder}>
        {t('model.import.folder')}
      </Button>
      <Button icon="file" onClick={onPack}>
        {t('model.import.pack')}
      </Button>
    </section>
  )
}
