import { type ReactNode, useCallback, useId, useRef } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { AddEngineButton, RemoteEngineList, UsageTable } from '../remote/index.ts'
import { DeviceList, ProofButton } from './device-list.tsx'
import { DeviceTrialView, TrialButton } from './device-trial.tsx'
import { DEVICES_ID, LOCAL_ENGINE } from './device-view.ts'
import { EngineCard } from './engine-card.tsx'
import styles from './engines-page.module.css'
import { LocalSettings } from './local-settings.tsx'

type SectionProps = { id?: string; title: string; note?: string; action?: ReactNode; children: ReactNode }

const Section = ({ id: given, title, note, action, children }: SectionProps) => {
  const own = useId()
  const id = given ?? own
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <div>
          <h3 id={id} className={styles.title} tabIndex={-1}>
            {title}
          </h3>
          {note && <p className={styles.note}>{note}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

/** What speaks, with what it can do and what it computes with. */
export const EnginesPage = () => {
  const t = useT()
  const { library, remote } = useStudio()
  const engines = useSlice(library.store, (state) => state.world.engines)
  const defaultEngineId = useSlice(library.store, (state) => state.settings.defaultEngineId)
  const addButton = useRef<HTMLButtonElement>(null)
  const focusAdd = useCallback(() => addButton.current?.focus(), [])
  const hasRemote = useSlice(remote.store, (state) => state.engines.length > 0)
  const local = [...engines.values()].find(({ engineId }) => engineId === LOCAL_ENGINE)
  return (
    <div className={styles.page} data-testid="engines-page">
      <Section title={t('engines.list')} note={t('engines.default.note')}>
        <ul className={styles.cards}>
          {[...engines.values()]
            .filter(({ isRemote }) => !isRemote)
            .map((engine) => (
              <EngineCard key={engine.engineId} engine={engine} isDefault={engine.engineId === defaultEngineId} />
            ))}
        </ul>
      </Section>
      <Section title={t('remote.heading')} note={t('remote.heading.note')} action={<AddEngineButton ref={addButton} />}>
        <RemoteEngineList onRemoved={focusAdd} />
      </Section>
      {hasRemote && (
        <Section title={t('remote.usage')} note={t('remote.usage.note')}>
          <UsageTable />
        </Section>
      )}
      {local && (
        <>
          <Section title={local.name}>
            <LocalSettings />
          </Section>
          <Section title={t('engines.trial')} note={t('engines.trial.note')} action={<TrialButton engine={local} />}>
            <DeviceTrialView engine={local} />
          </Section>
        </>
      )}
      <Section id={DEVICES_ID} title={t('engines.devices')} note={t('engines.devices.note')} action={<ProofButton />}>
        <DeviceList />
      </Section>
    </div>
  )
}
