import { useSlice, useStudio, useT } from '../../state/index.ts'
import { Icon } from '../../ui/index.ts'
import styles from './title-bar.module.css'

/** A sign that nothing leaves this computer, while that is so. */
export const OfflineSign = () => {
  const t = useT()
  const { library, dialogs } = useStudio()
  const isOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  if (!isOffline) return null
  return (
    <button
      type="button"
      className={styles.pill}
      data-testid="offline-sign"
      title={t('window.offline.title')}
      onClick={() => dialogs.open({ kind: 'settings', field: 'offline' })}
    >
      <Icon name="offline" />
      <span>{t('window.offline')}</span>
    </button>
  )
}
