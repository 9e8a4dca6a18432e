import { useEffect, useState } from 'react'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { AvailableModels } from './available-models.tsx'
import { EngineOffer } from './engine-offer.tsx'
import { type ChosenFolder, ImportFolderDialog, ImportModels } from './import-models.tsx'
import { InstalledModels } from './installed-models.tsx'
import { ModelNews } from './model-news.tsx'
import { ModelTasks } from './model-tasks.tsx'
import { ModelsDisk } from './models-disk.tsx'
import styles from './models-page.module.css'

/** Ways to a model on a disk; a pack says itself what it is. */
const useImport = (attempt: (work: Promise<unknown>) => void) => {
  const { bridge, models } = useStudio()
  const [folder, setFolder] = useState<ChosenFolder | null>(null)
  return {
    folder,
    forgetFolder: () => setFolder(null),
    chooseFolder: () =>
      attempt(bridge.call('model.choose-source', { kind: 'folder' }).then((chosen) => chosen && setFolder(chosen))),
    choosePack: () =>
      attempt(
        bridge
          .call('model.choose-source', { kind: 'pack' })
          .then(
            (chosen) =>
              chosen &&
              models.start(
                { channel: 'model.import', input: { grantId: chosen.grantId, precision: 'cpu' } },
                chosen.name,
              ),
          ),
      ),
  }
}

/** Models for the local engine: what is there, what can be had, and getting it. */
export const ModelsPage = () => {
  const t = useT()
  const { models } = useStudio()
  const listing = useSlice(models.store, (state) => state.listing)
  const listingError = useSlice(models.store, (state) => state.listingError)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  useEffect(() => void models.refresh(), [models])
  const attempt = (work: Promise<unknown>): void => {
    setFailure(null)
    work.catch((error: unknown) => setFailure(toAppError(error).toData()))
  }
  const importing = useImport(attempt)
  return (
    <div className={styles.page}>
      <header>
        <h3 className={styles.title}>{t('model.page.title')}</h3>
        <p className={styles.text}>{t('model.page.text')}</p>
        <ModelNews attempt={attempt} />
      </header>
      {listingError && (
        <ErrorNotice
          error={listingError}
          remedies={{ 'try-again': () => void models.refresh(), 'check-permissions': undefined }}
        />
      )}
      {failure && <ErrorNotice error={failure} remedies={{ 'choose-another-folder': importing.chooseFolder }} />}
      <ModelTasks onChooseAgain={importing.chooseFolder} />
      {listing ? (
        <>
          <EngineOffer listing={listing} attempt={attempt} />
          <InstalledModels listing={listing} attempt={attempt} />
          <AvailableModels listing={listing} />
          <ImportModels onFolder={importing.chooseFolder} onPack={importing.choosePack} />
          <ModelsDisk listing={listing} attempt={attempt} />
        </>
      ) : (
        !listingError && <p className={styles.text}>{t('model.page.loading')}</p>
      )}
      {importing.folder && <ImportFolderDialog folder={importing.folder} onClose={importing.forgetFolder} />}
    </div>
  )
}
