import type { DeviceCertificate, ProviderFactsView } from '../../../shared/device/index.ts'
import { useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { Button, CardItem, CardList, Icon, type IconName, Progress } from '../../ui/index.ts'
import { CudaLibraries } from './cuda-libraries.tsx'
import styles from './device-list.module.css'
import { largestError, splitProviders, toldError, toldSpeed, type Verdict, verdictOf } from './device-view.ts'
import { ProbeTable } from './probe-table.tsx'
import { Trouble } from './trouble.tsx'

const VERDICT_ICONS: Readonly<Record<Verdict, IconName>> = {
  reference: 'check',
  untested: 'help',
  right: 'check',
  'right-single': 'alert',
  wrong: 'close',
  refused: 'close',
}

const CertificateFacts = ({ certificate }: { certificate: DeviceCertificate }) => {
  const { t } = useTranslator()
  const error = largestError(certificate)
  const { speedRatioToCpu, provedAtEpochMs } = certificate
  const facts = [
    ...(error === null ? [] : [t('engines.error', toldError(error))]),
    ...(speedRatioToCpu === null ? [] : [t('engines.speed', toldSpeed(speedRatioToCpu))]),
    t('engines.tested', { at: new Date(provedAtEpochMs) }),
  ]
  return (
    <ul className={styles.facts}>
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  )
}

const DeviceRow = ({
  facts: { provider, name, state, missing },
  certificate,
}: {
  facts: ProviderFactsView
  certificate: DeviceCertificate | undefined
}) => {
  const { t, language } = useTranslator()
  const verdict = verdictOf(provider, certificate)
  return (
    <CardItem className={styles.row} data-testid={`device-${provider}`}>
      <div className={styles.head}>
        <span className={styles.name}>{name}</span>
        <span className={styles.verdict} data-verdict={verdict}>
          <Icon name={VERDICT_ICONS[verdict]} />
          {t(`engines.verdict.${verdict}`)}
        </span>
        {certificate && <CertificateFacts certificate={certificate} />}
      </div>
      {state === 'incomplete' && (
        <p>{t('engines.state.incomplete', { parts: new Intl.ListFormat(language).format(missing) })}</p>
      )}
      {state === 'installable' && <p>{t('engines.state.installable')}</p>}
      {verdict === 'right-single' && <p>{t('engines.verdict.right-single.note')}</p>}
      {certificate?.refusal && <Trouble error={certificate.refusal} look="reason" />}
      {certificate && certificate.probes.length > 0 && <ProbeTable probes={certificate.probes} name={name} />}
    </CardItem>
  )
}

/** Begins the test of every device, or stops it. */
export const ProofButton = () => {
  const t = useT()
  const { devices } = useStudio()
  const isRunning = useSlice(devices.proof.store, ({ kind }) => kind === 'running')
  const isTested = useSlice(devices.store, ({ facts }) => (facts?.certificates.length ?? 0) > 0)
  if (isRunning) return <Button onClick={devices.proof.cancel}>{t('engines.devices.cancel')}</Button>
  return (
    <Button onClick={() => devices.proof.start({ providers: null })}>
      {t(isTested ? 'engines.devices.testAgain' : 'engines.devices.test')}
    </Button>
  )
}

const ProofProgress = () => {
  const t = useT()
  const { devices } = useStudio()
  const proof = useSlice(devices.proof.store, (state) => state)
  if (proof.kind === 'failed')
    return <Trouble error={proof.error} look="framed" onTryAgain={() => devices.proof.start({ providers: null })} />
  if (proof.kind === 'idle') return null
  const done = proof.progress?.doneDevices ?? 0
  const total = proof.progress?.totalDevices ?? 0
  return (
    <div className={styles.running}>
      <Progress share={total > 0 ? done / total : null} label={t('engines.devices.progress')} />
      <p role="status">{total > 0 ? t('engines.devices.testing', { done, total }) : t('engines.devices.progress')}</p>
    </div>
  )
}

/** What this computer can compute with, and what each device was proved to do. */
export const DeviceList = () => {
  const { t, language } = useTranslator()
  const { devices } = useStudio()
  const facts = useSlice(devices.store, (state) => state.facts)
  const failure = useSlice(devices.store, (state) => state.failure)
  if (failure) return <Trouble error={failure} look="framed" onTryAgain={devices.refresh} />
  if (!facts) return null
  const { present, absent } = splitProviders(facts.providers)
  const names = new Intl.ListFormat(language).format(absent.map(({ name }) => name))
  return (
    <>
      <ProofProgress />
      {present.length === 0 && <p>{t('engines.devices.none')}</p>}
      <CardList>
        {present.map((provider) => (
          <DeviceRow
            key={provider.provider}
            facts={provider}
            certificate={facts.certificates.find((certificate) => certificate.provider === provider.provider)}
          />
        ))}
      </CardList>
      <CudaLibraries />
      {absent.length > 0 && <p className={styles.absent}>{t('engines.devices.absent', { names })}</p>}
    </>
  )
}
