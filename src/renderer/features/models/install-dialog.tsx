import { useState } from 'react'
import type { AvailableModelView, MirrorChoiceInput, ModelPrecision } from '../../../shared/model/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Icon } from '../../ui/index.ts'
import { DownloadTerms, FormDialog } from '../forms/index.ts'
import styles from './install-dialog.module.css'
import { MirrorChoice } from './mirror-choice.tsx'
import {
  addressProblem,
  formatSize,
  installedPrecisions,
  MODEL_PRECISIONS,
  mirrorOrder,
  roomFor,
} from './model-view.ts'
import { PrecisionChoice } from './precision-choice.tsx'

/** What comes from where, and how much, before anything does. */
const useSteps = (model: AvailableModelView, first: string): readonly string[] => {
  const { t, language } = useTranslator()
  const { downloadBytes, downloadedBytes, fileCount, isConverted } = model
  const restBytes = downloadBytes - downloadedBytes
  const size = formatSize(language, downloadBytes)
  return [
    restBytes <= 0
      ? t('model.install.complete', { size })
      : downloadedBytes > 0
        ? t('model.install.rest', { rest: formatSize(language, restBytes), size, first })
        : t('model.install.download', { count: fileCount, size, first }),
    t(isConverted ? 'model.install.then' : 'model.install.thenUsed'),
  ]
}

/** Room on the disk at the fullest, beside what is free. */
const Room = ({ model, precision }: { model: AvailableModelView; precision: ModelPrecision }) => {
  const { t, language } = useTranslator()
  const { models } = useStudio()
  const freeBytes = useSlice(models.store, ({ listing }) => listing?.freeBytes ?? null)
  const { neededBytes, shortBytes } = roomFor(model, precision, freeBytes)
  const needed = formatSize(language, neededBytes)
  if (freeBytes === null) return <p>{t('model.available.room.unknown', { needed })}</p>
  const free = formatSize(language, freeBytes)
  if (shortBytes === 0) return <p>{t('model.available.room', { needed, free })}</p>
  return (
    <p className={styles.short}>
      <Icon name="alert" />
      <span>{t('model.available.short', { needed, free, short: formatSize(language, shortBytes) })}</span>
    </p>
  )
}

/** The licence, and what an installation does, for a person to accept. */
export const InstallDialog = ({ model, onClose }: { model: AvailableModelView; onClose(): void }) => {
  const { t } = useTranslator()
  const { models } = useStudio()
  const installed = useSlice(models.store, ({ listing }) => listing?.installed ?? [])
  const there = installedPrecisions(model, installed)
  const [precision, setPrecision] = useState<ModelPrecision>(
    MODEL_PRECISIONS.find((one) => !there.includes(one)) ?? 'cpu',
  )
  const [mirror, setMirror] = useState<MirrorChoiceInput>(null)
  const { licence } = model
  const isReady = mirror === null || 'id' in mirror || addressProblem(mirror.baseUrl) === null
  const [first, ...others] = mirrorOrder(model.mirrors, mirror)
  const steps = useSteps(model, first.name)
  const hosts = [...new Set([first, ...others].map(({ host }) => host))].filter((host) => host !== '')
  const isDownloaded = model.downloadedBytes >= model.downloadBytes
  const accept = (): void => {
    const { catalogueId } = model
    models.start(
      { channel: 'model.install', input: { catalogueId, precision, mirror, acceptedLicence: licence.spdx } },
      model.name,
    )
    onClose()
  }
  return (
    <FormDialog
      title={t('model.install.title', { name: model.name })}
      submitLabel={t('model.install.accept')}
      onSubmit={accept}
      onClose={onClose}
      isReady={isReady}
      className={styles.form}
      data-testid="install-form"
    >
      {model.isConverted && <PrecisionChoice value={precision} installed={there} onChoose={setPrecision} />}
      <MirrorChoice mirrors={model.mirrors} value={mirror} onChoose={setMirror} />
      <DownloadTerms
        steps={steps}
        licence={t('model.install.licence', { licence: licence.spdx, attribution: licence.attribution })}
        licenceUrl={licence.url}
        hosts={isDownloaded ? [] : hosts}
      >
        <Room model={model} precision={precision} />
      </DownloadTerms>
    </FormDialog>
  )
}
