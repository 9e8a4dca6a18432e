import { type FormEvent, useState } from 'react'
import type { AvailableModelView, MirrorChoiceInput, ModelPrecision } from '../../../shared/model/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Dialog, Icon } from '../../ui/index.ts'
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

const FORM_ID = 'install-model'

/** What comes from where, and how much, before anything does. */
const Announcement = ({ model, mirror }: { model: AvailableModelView; mirror: MirrorChoiceInput }) => {
  const { t, language } = useTranslator()
  const { downloadBytes, downloadedBytes, fileCount } = model
  const [first, ...others] = mirrorOrder(model.mirrors, mirror)
  const restBytes = downloadBytes - downloadedBytes
  const size = formatSize(language, downloadBytes)
  return (
    <ul>
      <li>
        {restBytes <= 0
          ? t('model.install.complete', { size })
          : downloadedBytes > 0
            ? t('model.install.rest', { rest: formatSize(language, restBytes), size, first })
            : t('model.install.download', { count: fileCount, size, first })}
      </li>
      {restBytes > 0 && others.length > 0 && <li>{t('model.install.others', { others: others.join(', ') })}</li>}
      <li>{t(model.isConverted ? 'model.install.then' : 'model.install.thenUsed')}</li>
    </ul>
  )
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
  const accept = (event: FormEvent): void => {
    event.preventDefault()
    if (!isReady) return
    const { catalogueId } = model
    models.start(
      { channel: 'model.install', input: { catalogueId, precision, mirror, acceptedLicence: licence.spdx } },
      model.name,
    )
    onClose()
  }
  return (
    <Dialog
      title={t('model.install.title', { name: model.name })}
      closeLabel={t('common.close')}
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" type="submit" form={FORM_ID} disabled={!isReady}>
            {t('model.install.accept')}
          </Button>
        </>
      }
    >
      <form id={FORM_ID} className={styles.form} noValidate onSubmit={accept} data-testid="install-form">
        {model.isConverted && <PrecisionChoice value={precision} installed={there} onChoose={setPrecision} />}
        <MirrorChoice mirrors={model.mirrors} value={mirror} onChoose={setMirror} />
        <section className={styles.part}>
          <h3>{t('model.install.what')}</h3>
          <Announcement model={model} mirror={mirror} />
          <Room model={model} precision={precision} />
        </section>
        <section className={styles.licence}>
          <h3>{t('model.install.licence')}</h3>
          <p>{t('model.install.licence.text', { licence: licence.spdx, attribution: licence.attribution })}</p>
          <p>
            {t('model.install.licence.where')} <span className={styles.address}>{licence.url}</span>
          </p>
        </section>
      </form>
    </Dialog>
  )
}
