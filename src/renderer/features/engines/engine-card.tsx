import type { EngineCapabilities } from '../../../shared/render/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Card, Icon } from '../../ui/index.ts'
import styles from './engine-card.module.css'
import { engineFacts } from './engine-facts.ts'
import { Trouble } from './trouble.tsx'

const Languages = ({ names, isListed }: { names: readonly string[]; isListed: boolean }) => {
  const { t, language } = useTranslator()
  const list = new Intl.ListFormat(language).format(names)
  if (names.length === 0) return t('engines.languages.any')
  if (isListed) return list
  return (
    <details className={styles.languages}>
      <summary>{t('engines.languages.count', { count: names.length })}</summary>
      {list}
    </details>
  )
}

type EngineStateProps = {
  engine: EngineCapabilities
  /** None of its endpoints is asked at present. */
  isResting?: boolean
}

/** Whether an engine can be asked now. */
export const EngineState = ({ engine: { unavailable, isRemote }, isResting = false }: EngineStateProps) => {
  const { t } = useTranslator()
  const { library } = useStudio()
  const staysOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  if (isRemote && staysOffline)
    return (
      <span className={styles.state} data-state="offline">
        <Icon name="offline" />
        {t('engines.offline')}
      </span>
    )
  const isReady = !unavailable && !isResting
  return (
    <span className={styles.state} data-state={isReady ? 'ready' : 'unavailable'}>
      <Icon name={isReady ? 'check' : 'alert'} />
      {t(isReady ? 'engines.ready' : 'engines.unavailable')}
    </span>
  )
}

/** Makes an engine the one that speaks by default. */
export const DefaultChoice = ({ engine: { engineId, name }, isDefault }: EngineCardProps) => {
  const { t } = useTranslator()
  const { library, notices } = useStudio()
  const makeDefault = (): void => {
    library.changeSettings({ defaultEngineId: engineId }).catch(notices.tellError)
  }
  return (
    <label className={styles.default}>
      <input
        type="radio"
        name="default-engine"
        checked={isDefault}
        aria-label={t('engines.default.label', { name })}
        onChange={makeDefault}
      />
      {t('engines.default')}
    </label>
  )
}

/** What an engine can do. */
export const EngineAbilities = ({ engine }: { engine: EngineCapabilities }) => {
  const { t, language } = useTranslator()
  const { library } = useStudio()
  const voices = useSlice(library.store, (state) => state.world.voices)
  const facts = engineFacts(engine, voices.values(), language)
  return (
    <ul className={styles.facts}>
      {engine.isDraft && <li>{t('engines.draft.note')}</li>}
      <li>{t('engines.voices', { count: facts.voiceCount })}</li>
      {engine.modes.includes('zeroShot') && (
        <li>{t(engine.needsEnrolment ? 'engines.recordings.enrolled' : 'engines.recordings')}</li>
      )}
      <li>{t(`engines.directions.${facts.directions}`, { count: facts.knownDirections })}</li>
      <li>{t(engine.streaming ? 'engines.streaming.yes' : 'engines.streaming.no')}</li>
      <li>
        <Languages names={facts.languages} isListed={facts.isListed} />
      </li>
    </ul>
  )
}

type EngineCardProps = { engine: EngineCapabilities; isDefault: boolean }

/** An engine with what it can do, whether it can do it now, and whether it is the one that speaks by default. */
export const EngineCard = ({ engine, isDefault }: EngineCardProps) => {
  const { t } = useTranslator()
  return (
    <Card
      as="li"
      look={isDefault ? 'current' : 'plain'}
      data-default={isDefault || undefined}
      data-testid={`engine-${engine.engineId}`}
    >
      <div className={styles.head}>
        <h4>{engine.name}</h4>
        {engine.isDraft && <span className={styles.draft}>{t('engines.draft')}</span>}
        <EngineState engine={engine} />
        <DefaultChoice engine={engine} isDefault={isDefault} />
      </div>
      {engine.unavailable && <Trouble error={engine.unavailable} />}
      <EngineAbilities engine={engine} />
    </Card>
  )
}
