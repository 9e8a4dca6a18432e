import { toAppError } from '../../../shared/kernel/index.ts'
import { useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import styles from './broken-window.module.css'
import { ErrorNotice } from './error-notice.tsx'

/** Instead of a window that cannot be drawn; what was done is kept in main, so that loading it again loses nothing. */
export const BrokenWindow = ({ error }: { error: unknown }) => {
  const t = useT()
  return (
    <main className={styles.page} data-testid="broken-window">
      <ErrorNotice error={toAppError(error).toData()} look="framed" />
      <Button look="primary" onClick={() => location.reload()}>
        {t('window.reload')}
      </Button>
    </main>
  )
}
