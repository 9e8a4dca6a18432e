import { useEffect, useState } from 'react'
import type { SpendingSumView } from '../../../shared/endpoint/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import tableStyles from '../engines/table.module.css'
import { formatMoney } from './money.ts'
import { type Month, monthOf } from './month.ts'
import styles from './usage-table.module.css'

const totalOf = (sums: readonly SpendingSumView[]) => {
  const byCurrency = new Map<string, number>()
  for (const { cost } of sums)
    if (cost) byCurrency.set(cost.currency, (byCurrency.get(cost.currency) ?? 0) + cost.amount)
  return [...byCurrency].map(([currency, amount]) => ({ currency, amount }))
}

const MonthTable = ({ month, sums }: { month: Month; sums: readonly SpendingSumView[] }) => {
  const { t, language } = useTranslator()
  const { library } = useStudio()
  const projects = useSlice(library.store, (state) => state.projects)
  const name = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long' }).format(month.fromEpochMs)
  const projectName = (projectId: SpendingSumView['projectId']): string => {
    if (projectId === null) return t('remote.usage.trial')
    return projects.find((project) => project.projectId === projectId)?.title ?? t('remote.usage.deleted')
  }
  const total = totalOf(sums)
  return (
    <div className={styles.month}>
      <h4>{name}</h4>
      {sums.length === 0 ? (
        <p className={styles.none}>{t('remote.usage.none')}</p>
      ) : (
        <div className={tableStyles.scroll}>
          <table className={tableStyles.table} aria-label={name} data-testid="usage-table">
            <thead>
              <tr>
                <th scope="col">{t('remote.usage.engine')}</th>
                <th scope="col">{t('remote.usage.project')}</th>
                <th scope="col">{t('remote.usage.units')}</th>
                <th scope="col">{t('remote.usage.pieces')}</th>
                <th scope="col">{t('remote.usage.cost')}</th>
              </tr>
            </thead>
            <tbody>
              {sums.map(({ engineId, engineName, projectId, units, pieces, cost }) => (
                <tr key={`${engineId} ${projectId} ${cost?.currency}`}>
                  <th scope="row">{engineName}</th>
                  <td>{projectName(projectId)}</td>
                  <td data-number>{t('unit.number', { value: units })}</td>
                  <td data-number>{t('unit.number', { value: pieces })}</td>
                  <td data-number>{cost ? formatMoney(language, cost) : t('engines.probes.nothing')}</td>
                </tr>
              ))}
            </tbody>
            {total.length > 0 && sums.length > 1 && (
              <tfoot>
                <tr>
                  <th scope="row" colSpan={4}>
                    {t('remote.usage.total')}
                  </th>
                  <td data-number>{total.map((money) => formatMoney(language, money)).join(' + ')}</td>
                </tr>
              </tfoot>
            )}
          </table>
        </div>
      )}
    </div>
  )
}

/** What was sent and billed, this month and the last, by engine and project. */
export const UsageTable = () => {
  const { bridge, remote, notices } = useStudio()
  const engines = useSlice(remote.store, (state) => state.engines)
  const [months, setMonths] = useState<readonly { month: Month; sums: readonly SpendingSumView[] }[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is listed anew may have cost something
  useEffect(() => {
    let isCurrent = true
    const asked = [0, 1].map((back) => monthOf(Date.now(), back))
    Promise.all(asked.map(async (month) => ({ month, sums: await bridge.call('remote.usage', month) })))
      .then((found) => isCurrent && setMonths(found))
      .catch(notices.tellError)
    return () => {
      isCurrent = false
    }
  }, [bridge, notices, engines])
  return (
    <div className={styles.months} data-testid="usage">
      {months.map(({ month, sums }) => (
        <MonthTable key={month.fromEpochMs} month={month} sums={sums} />
      ))}
    </div>
  )
}
