import { ACTION_TABLE, type ActionRow, acceleratorText, MENUS } from '../../../shared/actions/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Dialog } from '../../ui/index.ts'
import styles from './shortcuts-dialog.module.css'
import { useIsMac } from './use-actions.ts'

const withKeys = ACTION_TABLE.filter(({ accelerators }) => accelerators.length > 0)

const Shortcut = ({ action }: { action: ActionRow }) => {
  const t = useT()
  const isMac = useIsMac()
  return (
    <div className={styles.row}>
      <dt>{t(action.labelKey, action.labelParams)}</dt>
      <dd>
        {action.accelerators.map((accelerator) => (
          <kbd key={accelerator}>{acceleratorText(accelerator, isMac)}</kbd>
        ))}
      </dd>
    </div>
  )
}

/** Every key there is, by menu. */
export const ShortcutsDialog = () => {
  const t = useT()
  const { dialogs } = useStudio()
  return (
    <Dialog title={t('action.help.shortcuts')} closeLabel={t('common.close')} isWide onClose={dialogs.close}>
      <div className={styles.sheet}>
        {MENUS.map((menu) => {
          const actions = withKeys.filter((action) => (action.menu?.name ?? 'line') === menu)
          return (
            <section key={menu} className={styles.group}>
              <h3>{t(`menu.${menu}`)}</h3>
              <dl>
                {actions.map((action) => (
                  <Shortcut key={action.id} action={action} />
                ))}
              </dl>
            </section>
          )
        })}
      </div>
      <p className={styles.note}>{t('shortcuts.note')}</p>
    </Dialog>
  )
}
