import { engineName } from '../../../shared/i18n/index.ts'
import { engineIdSchema } from '../../../shared/kernel/index.ts'
import type { ModelListingView } from '../../../shared/model/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Card } from '../../ui/index.ts'
import styles from './engine-offer.module.css'

const LOCAL_ENGINE_ID = engineIdSchema.parse('local-cosyvoice')

type EngineOfferProps = { listing: ModelListingView; attempt(work: Promise<unknown>): void }

/** A model that nothing speaks with is of no use: offers to let the local engine speak. */
export const EngineOffer = ({ listing, attempt }: EngineOfferProps) => {
  const translator = useTranslator()
  const { t } = translator
  const { library } = useStudio()
  const { localModelId, defaultEngineId } = useSlice(library.store, ({ settings }) => settings)
  const engines = useSlice(library.store, ({ world }) => world.engines)
  const isReady = listing.installed.some(({ id, problem }) => id === localModelId && problem === null)
  if (!isReady || defaultEngineId === LOCAL_ENGINE_ID || !engines.has(LOCAL_ENGINE_ID)) return null
  const speaking = engines.get(defaultEngineId)
  return (
    <Card look="offer" isRow data-testid="engine-offer">
      <p className={styles.words}>
        {speaking
          ? t('model.engine.offer', { engine: engineName(translator, speaking) })
          : t('model.engine.offer.missing')}
      </p>
      <Button look="primary" onClick={() => attempt(library.changeSettings({ defaultEngineId: LOCAL_ENGINE_ID }))}>
        {t('model.engine.switch')}
      </Button>
    </Card>
  )
}
