import { useEffect, useRef, useState } from 'react'
import { errorTexts } from '../../../shared/i18n/index.ts'
import type { InstalledModelView, ModelListingView } from '../../../shared/model/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, CardItem, CardList, Icon } from '../../ui/index.ts'
import { Question } from '../forms/index.ts'
import styles from './installed-models.module.css'
import { ModelSection } from './model-section.tsx'
import { formatSize, isAtWork, mirrorOrder } from './model-view.ts'

type Attempt = (work: Promise<unknown>) => void
type Asking = 'repair' | 'remove'

const useRepairQuestion = (model: InstalledModelView, available: ModelListingView['available']): string => {
  const { t, language } = useTranslator()
  const size = formatSize(language, model.sizeBytes)
  const origin = available.find(({ catalogueId }) => catalogueId === model.catalogueId)
  if (!origin) return t('model.repair.question.own', { size })
  return t('model.repair.question', {
    size,
    download: formatSize(language, origin.downloadBytes),
    mirrors: new Intl.ListFormat(language, { type: 'disjunction' }).format(
      mirrorOrder(origin.mirrors, null).map(({ name: mirror }) => mirror),
    ),
  })
}

/** What is wrong with a model and what it lacks. */
const ModelTrouble = ({ model }: { model: InstalledModelView }) => {
  const translator = useTranslator()
  return (
    <>
      {model.problem && (
        <p className={styles.problem}>
          <Icon name="alert" />
          <span>{errorTexts(translator, model.problem).why}</span>
        </p>
      )}
      {model.missing.length > 0 && (
        <p className={styles.missing}>{translator.t('model.missing', { parts: model.missing.join(', ') })}</p>
      )}
    </>
  )
}

type InstalledModelProps = { model: InstalledModelView; listing: ModelListingView; attempt: Attempt }

const InstalledModel = ({ model, listing, attempt }: InstalledModelProps) => {
  const { t, language } = useTranslator()
  const { models, library, bridge } = useStudio()
  const isInUse = useSlice(library.store, ({ settings }) => settings.localModelId === model.id)
  const isBusy = useSlice(models.store, ({ tasks }) => isAtWork(tasks, model, listing.installed))
  const [asking, setAsking] = useState<Asking | null>(null)
  const row = useRef<HTMLLIElement>(null)
  const wasAsking = useRef<Asking | null>(null)
  useEffect(() => {
    // The question took the focus; it goes back to the button that asked it.
    if (asking === null && wasAsking.current)
      row.current?.querySelector<HTMLElement>(`[data-asks=${wasAsking.current}]`)?.focus()
    wasAsking.current = asking
  }, [asking])
  const repairQuestion = useRepairQuestion(model, listing.available)
  const { id, name, precision, sizeBytes, problem } = model
  const size = formatSize(language, sizeBytes)

  const use = (): void => attempt(library.changeSettings({ localModelId: id }))
  const repair = (): void => {
    setAsking(null)
    models.start({ channel: 'model.repair', input: { id, mirror: null } }, name)
  }
  const pack = (): void =>
    attempt(
      bridge
        .call('model.choose-pack-target', { id })
        .then(
          (target) =>
            target && models.start({ channel: 'model.export-pack', input: { id, grantId: target.grantId } }, name),
        ),
    )
  return (
    <CardItem ref={row} data-testid="installed-model" data-damaged={problem !== null || undefined}>
      <div className={styles.line}>
        <div className={styles.facts}>
          <h5>{name}</h5>
          <p>
            {t(precision === null ? 'model.precision.own' : `model.precision.${precision}`)}
            {` · ${size}`}
          </p>
        </div>
        {/* Stays a button while it is in use, so that the focus has somewhere to stay. */}
        {(isInUse || problem === null) && (
          <Button
            className={isInUse ? styles.inUse : undefined}
            look={isInUse ? 'quiet' : 'plain'}
            {...(isInUse && { icon: 'check' as const })}
            aria-label={t(isInUse ? 'model.inUse.label' : 'model.use.label', { name })}
            aria-disabled={isInUse}
            onClick={isInUse ? undefined : use}
          >
            {t(isInUse ? 'model.inUse' : 'model.use')}
          </Button>
        )}
        <Button
          look={problem ? 'primary' : 'quiet'}
          data-asks="repair"
          disabled={isBusy}
          aria-label={t('model.repair.label', { name })}
          onClick={() => setAsking('repair')}
        >
          {t(problem ? 'model.repair.damaged' : 'model.repair')}
        </Button>
        {problem === null && (
          <Button look="quiet" disabled={isBusy} aria-label={t('model.pack.label', { name })} onClick={pack}>
            {t('model.pack')}
          </Button>
        )}
        <Button
          look="quiet"
          data-asks="remove"
          disabled={isBusy}
          aria-label={t('model.remove.label', { name })}
          onClick={() => setAsking('remove')}
        >
          {t('model.remove')}
        </Button>
      </div>
      <ModelTrouble model={model} />
      {asking === 'repair' && (
        <Question
          text={repairQuestion}
          confirm={t('model.repair.confirm')}
          onConfirm={repair}
          onCancel={() => setAsking(null)}
        />
      )}
      {asking === 'remove' && (
        <Question
          text={t('model.remove.question', { used: isInUse ? 'yes' : 'no', name, size })}
          confirm={t('model.remove.confirm')}
          onConfirm={() => {
            setAsking(null)
            attempt(models.remove(id, name))
          }}
          onCancel={() => setAsking(null)}
        />
      )}
    </CardItem>
  )
}

/** The models that are there, and what can be done with each. */
export const InstalledModels = ({ listing, attempt }: { listing: ModelListingView; attempt: Attempt }) => {
  const { t } = useTranslator()
  return (
    <ModelSection title={t('model.installed')}>
      {listing.installed.length === 0 ? (
        <p className={styles.none}>{t('model.installed.none')}</p>
      ) : (
        <CardList>
          {listing.installed.map((model) => (
            <InstalledModel key={model.id} model={model} listing={listing} attempt={attempt} />
          ))}
        </CardList>
      )}
    </ModelSection>
  )
}
