import { useState } from 'react'
import type { GrantId } from '../../../shared/kernel/index.ts'
import type { ModelPrecision } from '../../../shared/model/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { FormDialog } from '../forms/index.ts'
import styles from './import-models.module.css'
import { PrecisionChoice } from './precision-choice.tsx'

export type ChosenFolder = { grantId: GrantId; name: string }

/** A folder may hold a checkpoint, which is converted: for what is asked before. */
export const ImportFolderDialog = ({ folder, onClose }: { folder: ChosenFolder; onClose(): void }) => {
  const t = useT()
  const { models } = useStudio()
  const [precision, setPrecision] = useState<ModelPrecision>('cpu')
  const submit = (): void => {
    models.start({ channel: 'model.import', input: { grantId: folder.grantId, precision } }, folder.name)
    onClose()
  }
  return (
    <FormDialog
      title={t('model.import.title', { name: folder.name })}
      submitLabel={t('model.import.start')}
      onSubmit={submit}
      onClose={onClose}
    >
      <PrecisionChoice value={precision} note={t('model.import.precision.note')} onChoose={setPrecision} />
    </FormDialog>
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
