import { useT } from '../../state/index.ts'
import { Button, Icon } from '../../ui/index.ts'
import styles from './export-dialog.module.css'

/** Lines that would be missing or out of date in the files. */
export const UnrenderedWarning = ({ count, onRender }: { count: number; onRender(): void }) => {
  const t = useT()
  return (
    <div className={styles.unrendered} role="status">
      <Icon name="alert" />
      <p>{t('export.unrendered', { count })}</p>
      <Button onClick={onRender}>{t('remedy.render-first.label')}</Button>
    </div>
  )
}
