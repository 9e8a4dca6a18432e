import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { ConnectionKind } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import { CONNECTION_KINDS } from './engine-draft.ts'
import styles from './kind-choice.module.css'
import { placeAfterKey } from './place-after-key.ts'

type KindChoiceProps = {
  /** Where a person begins who comes back here. */
  chosen: ConnectionKind | null
  onChoose(kind: ConnectionKind): void
  onClose(): void
}

/** The first step of adding an engine: what kind of service or server it is. */
export const KindChoice = ({ chosen, onChoose, onClose }: KindChoiceProps) => {
  const t = useT()
  const list = useRef<HTMLUListElement>(null)
  const buttons = (): HTMLButtonElement[] => [...(list.current?.querySelectorAll('button') ?? [])]
  useEffect(() => {
    if (chosen) list.current?.querySelector<HTMLElement>(`[data-kind="${chosen}"]`)?.focus()
  }, [chosen])
  const walk = (event: KeyboardEvent<HTMLButtonElement>): void => {
    const all = buttons()
    const columns = all.filter(({ offsetTop }) => offsetTop === all[0]?.offsetTop).length
    const next = all[placeAfterKey(event.key, all.indexOf(event.currentTarget), all.length, columns) ?? -1]
    if (!next) return
    event.preventDefault()
    next.focus()
  }
  return (
    <Dialog
      title={t('remote.add.title')}
      closeLabel={t('common.close')}
      onClose={onClose}
      isWide
      foot={
        <Button look="quiet" onClick={onClose}>
          {t('common.cancel')}
        </Button>
      }
    >
      <p>{t('remote.add.note')}</p>
      <ul ref={list} className={styles.kinds} data-testid="engine-kinds">
        {CONNECTION_KINDS.map((kind) => (
          <li key={kind}>
            <button
              type="button"
              className={styles.kind}
              data-kind={kind}
              onClick={() => onChoose(kind)}
              onKeyDown={walk}
            >
              <strong>{t(`remote.kind.${kind}`)}</strong>
              <span>{t(`remote.kind.${kind}.note`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
