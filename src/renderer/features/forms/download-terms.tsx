import type { ReactNode } from 'react'
import { useT } from '../../state/index.ts'
import { Card, Fact, Facts } from '../../ui/index.ts'
import styles from './download-terms.module.css'

type DownloadTermsProps = {
  /** What is done, in order; what is null is not. */
  steps: readonly (string | null)[]
  /** The licence, and by whom it was given. */
  licence: string
  /** Where its owners say so. */
  licenceUrl: string
  /** Hosts in the order they are asked; none where nothing is downloaded. */
  hosts: readonly string[]
  /** Stands below what is done. */
  children?: ReactNode
}

/** What a download does and under which licence, for a person to accept before anything is done. */
export const DownloadTerms = ({ steps, licence, licenceUrl, hosts, children }: DownloadTermsProps) => {
  const t = useT()
  const [first, ...others] = hosts
  return (
    <>
      <section className={styles.part}>
        <h3>{t('terms.what')}</h3>
        <ul>{steps.map((step) => step !== null && <li key={step}>{step}</li>)}</ul>
        {children}
      </section>
      <Card as="section" look="sunken">
        <h3>{t('terms.licence')}</h3>
        <p>{licence}</p>
        <Facts>
          <Fact term={t('terms.where')}>
            <span className={styles.address}>{licenceUrl}</span>
          </Fact>
          {first !== undefined && (
            <Fact term={t('terms.host')} data-testid="download-host">
              <span className={styles.address}>{t('terms.host.value', { host: first })}</span>
              {others.length > 0 && <small>{t('terms.host.others', { hosts: others.join(', ') })}</small>}
            </Fact>
          )}
        </Facts>
      </Card>
    </>
  )
}
