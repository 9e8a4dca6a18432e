import type { DeviceCertificate } from '../../../shared/device/index.ts'
import { errorTexts } from '../../../shared/i18n/index.ts'
import { useTranslator } from '../../state/index.ts'
import { Icon } from '../../ui/index.ts'
import { toldError } from './device-view.ts'
import styles from './table.module.css'

/** Each part that a device was tried on, on demand. */
export const ProbeTable = ({ probes, name }: { probes: DeviceCertificate['probes']; name: string }) => {
  const translator = useTranslator()
  const { t } = translator
  const nothing = t('engines.probes.nothing')
  const right = probes.filter(({ isRight }) => isRight).length
  return (
    <details className={styles.details}>
      <summary>{t('engines.probes', { right, count: probes.length })}</summary>
      <div className={styles.scroll}>
        <table className={styles.table} aria-label={name}>
          <thead>
            <tr>
              <th scope="col">{t('engines.probes.part')}</th>
              <th scope="col">{t('engines.probes.result')}</th>
              <th scope="col">{t('engines.probes.error')}</th>
              <th scope="col">{t('engines.probes.took')}</th>
              <th scope="col">{t('engines.probes.speed')}</th>
            </tr>
          </thead>
          <tbody>
            {probes.map(({ id, isRight, relativeError, milliseconds, speedRatioToCpu, refusal }) => (
              <tr key={id}>
                <th scope="row" className={styles.code}>
                  {id}
                </th>
                <td className={styles.result} data-right={isRight}>
                  <span>
                    <Icon name={isRight ? 'check' : 'close'} />
                    {t(isRight ? 'engines.verdict.right' : 'engines.verdict.wrong')}
                  </span>
                  {refusal && <small>{errorTexts(translator, refusal).why}</small>}
                </td>
                <td data-number>
                  {relativeError === null ? nothing : t('engines.error.short', toldError(relativeError))}
                </td>
                <td data-number>
                  {milliseconds === null ? nothing : t('engines.probes.milliseconds', { milliseconds })}
                </td>
                <td data-number>
                  {speedRatioToCpu === null ? nothing : t('engines.speed.short', { ratio: speedRatioToCpu })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
