import { spentThisMonth, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { formatMoney } from '../remote/money.ts'
import styles from './title-bar.module.css'

/** What engines with a price cost this month; nothing where there is none. */
export const SpentButton = () => {
  const { t, language } = useTranslator()
  const { remote, dialogs } = useStudio()
  const engines = useSlice(remote.store, (state) => state.engines)
  const spent = spentThisMonth(engines)
  if (spent.length === 0) return null
  const isAtLimit = engines.some(
    ({ engine: { monthlyLimit }, spentThisMonth: amount }) =>
      monthlyLimit !== null && amount !== null && amount.amount >= monthlyLimit,
  )
  const cost = spent.map((money) => formatMoney(language, money)).join(' + ')
  return (
    <button
      type="button"
      className={styles.pill}
      data-testid="spent-button"
      title={t('window.spent.title')}
      aria-label={t('window.spent.label', { cost })}
      onClick={() => dialogs.open({ kind: 'pages', page: 'engines' })}
    >
      <b>{cost}</b>
      <span>{t('window.spent')}</span>
      {isAtLimit && <span className={styles.failed}>{t('window.spent.limit')}</span>}
    </button>
  )
}
