import { type Ref, useEffect, useRef, useState } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { EngineForm } from './engine-form.tsx'
import { RemoteCard } from './remote-card.tsx'
import styles from './remote-engines.module.css'

/** How endpoints are changes without anybody being told. */
const LOOK_EVERY_MS = 5000

export const AddEngineButton = ({ ref }: { ref: Ref<HTMLButtonElement> }) => {
  const t = useT()
  const { dialogs } = useStudio()
  return (
    <Button
      ref={ref}
      icon="plus"
      onClick={() => dialogs.open({ kind: 'pages', page: 'engines', engineForm: { engineId: null } })}
    >
      {t('remote.add')}
    </Button>
  )
}

/**
 * Engines that compute on other machines, and the form that adds and changes them.
 * @param onRemoved the card that had the focus is gone
 */
export const RemoteEngineList = ({ onRemoved }: { onRemoved(): void }) => {
  const t = useT()
  const { remote, library, dialogs } = useStudio()
  const engines = useSlice(remote.store, (state) => state.engines)
  const defaultEngineId = useSlice(library.store, (state) => state.settings.defaultEngineId)
  const form = useSlice(dialogs.store, (open) => (open?.kind === 'pages' ? open.engineForm : undefined))
  const [isOpen, setIsOpen] = useState(false)
  // A form that came with the page would lie below the dialog that the page is in, which is opened last.
  useEffect(() => setIsOpen(true), [])
  useEffect(() => {
    remote.refresh()
    const timer = setInterval(remote.refresh, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [remote])
  const count = engines.length
  const lastCount = useRef(count)
  useEffect(() => {
    if (count < lastCount.current) onRemoved()
    lastCount.current = count
  }, [count, onRemoved])
  const close = (): void => dialogs.open({ kind: 'pages', page: 'engines' })
  return (
    <div className={styles.list} data-testid="remote-engines">
      {engines.length === 0 ? (
        <p className={styles.none}>{t('remote.none')}</p>
      ) : (
        <ul className={styles.list}>
          {engines.map((listing) => (
            <RemoteCard
              key={listing.engine.engineId}
              listing={listing}
              isDefault={listing.engine.engineId === defaultEngineId}
            />
          ))}
        </ul>
      )}
      {form && isOpen && <EngineForm at={form} engines={engines} onClose={close} />}
    </div>
  )
}
