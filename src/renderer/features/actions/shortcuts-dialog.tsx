import { ACTION_TABLE, type ActionRow, acceleratorText, MENUS } from '../../../shared/actions/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Dialog } from '../../ui/index.ts'
import styles from './shortcuts-dialog.module.css'
import { useIsMac } from './use-actions.ts'

/** Ctrl+1 to Ctrl+9 are one line of the sheet. */
const withKeys = ACTION_TABLE.filter(({ accelerators, menu }) => accelerators.length > 0 && menu !== null)

/** Keys of the list itself, which are not actions. */
const LIST_KEYS = [
  ['shortcuts.walk', ['↑', '↓', 'Home', 'End']],
  ['shortcuts.extend', ['Shift+↑', 'Shift+↓']],
  ['shortcuts.leave', ['Esc']],
] as const

const Keys = ({ label, keys }: { label: string; keys: readonly string[] }) => (
  <div className={styles.row}>
    <dt>{label}</dt>
    <dd>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dd>
  </div>
)

const Shortcut = ({ action }: { action: ActionRow }) => {
  const t = useT()
  const isMac = useIsMac()
  const keys = action.accelerators.map((accelerator) => acceleratorText(accelerator, isMac))
  return <Keys label={t(action.labelKey, action.labelParams)} keys={keys} />
}

/** Every key there is, by menu. */
export const ShortcutsDialog = () => {
  const t = useT()
  const isMac = useIsMac()
  const { dialogs } = useStudio()
  return (
    <Dialog title={t('action.help.shortcuts')} closeLabel={t('common.close')} isWide onClose={dialogs.close}>
      <div className={styles.sheet}>
        {MENUS.map((menu) => {
          const actions = withKeys.filter((action) => action.menu?.name === menu)
          return (
            <section key={menu} className={styles.group}>
              <h3>{t(`menu.${menu}`)}</h3>
              <dl>
                {actions.map((action) => (
                  <Shortcut key={action.id} action={action} />
                ))}
                {menu === 'line' && (
                  <>
                    <Keys label={t('shortcuts.assign')} keys={[acceleratorText('CmdOrCtrl+1', isMac), '…', '9']} />
                    {LIST_KEYS.map(([labelKey, keys]) => (
                      <Keys key={labelKey} label={t(labelKey)} keys={keys} />
                    ))}
                  </>
                )}
              </dl>
            </section>
          )
        })}
      </div>
      <p className={styles.note}>{t('shortcuts.note')}</p>
    </Dialog>
  )
}
