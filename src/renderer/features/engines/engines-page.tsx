import { useId } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { DeviceList } from './device-list.tsx'
import { DeviceTrialView } from './device-trial.tsx'
import { LOCAL_ENGINE } from './device-view.ts'
import { EngineCard } from './engine-card.tsx'
import styles from './engines-page.module.css'
import { LocalSettings } from './local-settings.tsx'

type SectionProps = { title: string; note?: string; children: React.ReactNode }

const Section = ({ title, note, children }: SectionProps) => {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h3 id={id} className={styles.title}>
        {title}
      </h3>
      {note && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  )
}

/** What speaks, with what it can do and what it computes with. */
export const EnginesPage = () => {
  const t = useT()
  const { library } = useStudio()
  const engines = useSlice(library.store, (state) => state.world.engines)
  const defaultEngineId = useSlice(library.store, (state) => state.settings.defaultEngineId)
  const local = [...engines.values()].find(({ engineId }) => engineId === LOCAL_ENGINE)
  return (
    <div className={styles.page} data-testid="engines-page">
      <Section title={t('engines.list')} note={t('engines.default.note')}>
        <ul className={styles.cards}>
          {[...engines.values()].map((engine) => (
            <EngineCard key={engine.engineId} engine={engine} isDefault={engine.engineId === defaultEngineId} />
          ))}
        </ul>
      </Section>
      {local && (
        <>
          <Section title={local.name}>
            <LocalSettings />
          </Section>
          <Section title={t('engines.trial')} note={t('engines.trial.note')}>
            <DeviceTrialView engine={local} />
          </Section>
        </>
      )}
      <Section title={t('engines.devices')} note={t('engines.devices.note')}>
        <DeviceList />
      </Section>
    </div>
  )
}
