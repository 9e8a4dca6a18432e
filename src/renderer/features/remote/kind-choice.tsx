import type { ConnectionKind } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import { CONNECTION_KINDS } from './engine-draft.ts'
import styles from './kind-choice.module.css'

/** The first step of adding an engine: what kind of service or server it is. */
export const KindChoice = ({ onChoose, onClose }: { onChoose(kind: ConnectionKind): void; onClose(): void }) => {
  const t = useT()
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
      <ul className={styles.kinds} data-testid="engine-kinds">
        {CONNECTION_KINDS.map((kind) => (
          <li key={kind}>
            <button type="button" className={styles.kind} onClick={() => onChoose(kind)}>
              <strong>{t(`remote.kind.${kind}`)}</strong>
              <span>{t(`remote.kind.${kind}.note`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
