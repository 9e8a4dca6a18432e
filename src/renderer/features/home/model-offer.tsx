import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Card } from '../../ui/index.ts'
import { ModelStatus } from '../models/model-status.tsx'
import { formatSize, roomFor } from '../models/model-view.ts'
import styles from './model-offer.module.css'

/** Offers a first model, until there is one or the person has declined. */
export const ModelOffer = () => {
  const { t, language } = useTranslator()
  const { models, preferences, dialogs } = useStudio()
  const listing = useSlice(models.store, (state) => state.listing)
  const isAtWork = useSlice(models.store, ({ tasks }) => tasks.some(({ status }) => status !== 'failed'))
  const isDismissed = useSlice(preferences, (state) => state.isModelOfferDismissed)
  const [model] = listing?.available ?? []
  if (!listing || !model || listing.installed.length > 0 || (isDismissed && !isAtWork)) return null
  const { neededBytes } = roomFor(model, 'cpu', listing.freeBytes)
  const openModels = (): void => dialogs.open({ kind: 'pages', page: 'models' })
  return (
    <Card as="section" isRow aria-labelledby="home-model" data-testid="model-offer">
      <div className={styles.words}>
        <h2 id="home-model">{t('home.model.title')}</h2>
        <p>
          {t('home.model.text', {
            download: formatSize(language, model.downloadBytes),
            needed: formatSize(language, neededBytes),
          })}
        </p>
      </div>
      {isAtWork ? (
        <ModelStatus />
      ) : (
        <>
          <Button onClick={openModels}>{t('home.model.choose')}</Button>
          <Button look="quiet" onClick={() => preferences.setState({ isModelOfferDismissed: true })}>
            {t('home.model.dismiss')}
          </Button>
        </>
      )}
    </Card>
  )
}
