import { useState } from 'react'
import type { AvailableModelView, ModelListingView } from '../../../shared/model/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, CardItem, CardList, Icon, Progress } from '../../ui/index.ts'
import styles from './available-models.module.css'
import { InstallDialog } from './install-dialog.tsx'
import { ModelSection } from './model-section.tsx'
import { formatLanguages, formatSize, installedPrecisions, isAtWork, MODEL_PRECISIONS, roomFor } from './model-view.ts'

type AvailableModelProps = { model: AvailableModelView; listing: ModelListingView; onInstall(): void }

const Standing = ({ model, listing, onInstall }: AvailableModelProps) => {
  const { t } = useTranslator()
  const { models } = useStudio()
  const isBusy = useSlice(models.store, ({ tasks }) => isAtWork(tasks, model, listing.installed))
  const { name, downloadedBytes } = model
  if (isBusy) return <span className={styles.busy}>{t('model.available.atWork')}</span>
  if (installedPrecisions(model, listing.installed).length === MODEL_PRECISIONS.length)
    return (
      <span className={styles.complete}>
        <Icon name="check" />
        {t('model.available.complete')}
      </span>
    )
  const isBegun = downloadedBytes > 0
  return (
    <Button aria-label={t(isBegun ? 'model.continue.label' : 'model.install.label', { name })} onClick={onInstall}>
      {t(isBegun ? 'model.continue' : 'model.install')}
    </Button>
  )
}

const AvailableModel = ({ model, listing, onInstall }: AvailableModelProps) => {
  const { t, language } = useTranslator()
  const { models } = useStudio()
  const isBusy = useSlice(models.store, ({ tasks }) => isAtWork(tasks, model, listing.installed))
  const { name, licence, languages, downloadBytes, downloadedBytes, isConverted } = model
  const there = installedPrecisions(model, listing.installed)
  const isComplete = there.length === MODEL_PRECISIONS.length
  const [next = 'cpu'] = MODEL_PRECISIONS.filter((precision) => !there.includes(precision))
  const { neededBytes, shortBytes } = roomFor(model, next, listing.freeBytes)
  const download = formatSize(language, downloadBytes)
  const needed = formatSize(language, neededBytes)
  return (
    <CardItem data-testid="available-model">
      <div className={styles.line}>
        <div className={styles.facts}>
          <h5>{name}</h5>
          <p>{formatLanguages(language, languages)}</p>
          <p>
            {isComplete || shortBytes > 0
              ? t('model.available.factsComplete', { licence: licence.spdx, download })
              : t('model.available.facts', { licence: licence.spdx, download, needed })}
            {isConverted &&
              there.length > 0 &&
              ` · ${t('model.available.installed', {
                precisions: there.map((precision) => t(`model.precision.${precision}`)).join(', '),
              })}`}
          </p>
        </div>
        <Standing model={model} listing={listing} onInstall={onInstall} />
      </div>
      {!isBusy && !isComplete && downloadedBytes > 0 && (
        <div className={styles.begun}>
          <Progress share={downloadedBytes / downloadBytes} label={name} />
          <p>{t('model.available.there', { done: formatSize(language, downloadedBytes), total: download })}</p>
        </div>
      )}
      {!isBusy && !isComplete && shortBytes > 0 && listing.freeBytes !== null && (
        <p className={styles.short}>
          <Icon name="alert" />
          <span>
            {t('model.available.short.row', {
              free: formatSize(language, listing.freeBytes),
              short: formatSize(language, shortBytes),
            })}
          </span>
        </p>
      )}
    </CardItem>
  )
}

/** The models that can be had, with what each takes. */
export const AvailableModels = ({ listing }: { listing: ModelListingView }) => {
  const { t } = useTranslator()
  const [installingId, setInstallingId] = useState<string | null>(null)
  const installing = listing.available.find(({ catalogueId }) => catalogueId === installingId)
  return (
    <ModelSection title={t('model.available')}>
      <CardList>
        {listing.available.map((model) => (
          <AvailableModel
            key={model.catalogueId}
            model={model}
            listing={listing}
            onInstall={() => setInstallingId(model.catalogueId)}
          />
        ))}
      </CardList>
      {installing && <InstallDialog model={installing} onClose={() => setInstallingId(null)} />}
    </ModelSection>
  )
}
