import { useState } from 'react'
import type { CudaOffer, FetchedCuda } from '../../../shared/device/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Card, Fact, Facts, Progress } from '../../ui/index.ts'
import { DownloadTerms, FormDialog, Question } from '../forms/index.ts'
import { formatSize } from '../models/model-view.ts'
import { useFocusIfLost } from '../models/use-focus-if-lost.ts'
import styles from './cuda-libraries.module.css'
import { cudaPhase, hashGroups, isCudaUntested } from './cuda-view.ts'
import { Trouble } from './trouble.tsx'

/** The licence, and what fetching does, for a person to accept. */
const FetchDialog = ({ offer, onClose }: { offer: CudaOffer; onClose(): void }) => {
  const { t, language } = useTranslator()
  const { devices } = useStudio()
  const { packageName, licence, host, sizeBytes, isDownloaded } = offer
  const accept = (): void => {
    devices.cuda.fetch(licence.spdx)
    onClose()
  }
  const size =
    sizeBytes === null
      ? t('engines.cuda.fetch.size.unknown')
      : t('engines.cuda.fetch.size', { size: formatSize(language, sizeBytes) })
  return (
    <FormDialog
      title={t('engines.cuda.fetch.title')}
      submitLabel={t('engines.cuda.fetch.accept')}
      onSubmit={accept}
      onClose={onClose}
      data-testid="fetch-cuda-form"
    >
      <DownloadTerms
        steps={[
          isDownloaded ? t('engines.cuda.fetch.there') : t('engines.cuda.fetch.from', { host }),
          isDownloaded ? null : size,
          t('engines.cuda.fetch.then'),
        ]}
        licence={t('engines.cuda.licence', { name: packageName, licence: licence.spdx })}
        licenceUrl={licence.url}
        hosts={isDownloaded ? [] : [host]}
      />
    </FormDialog>
  )
}

const Offer = ({ offer }: { offer: CudaOffer }) => {
  const { t, language } = useTranslator()
  const { host, licence, sizeBytes, isDownloaded } = offer
  const button = useFocusIfLost<HTMLButtonElement>()
  const [isAsking, setIsAsking] = useState(false)
  return (
    <>
      <div className={styles.head}>
        <p className={styles.text}>{t('engines.cuda.offer')}</p>
        <Button ref={button} onClick={() => setIsAsking(true)}>
          {t('engines.cuda.fetch')}
        </Button>
      </div>
      <Facts>
        <Fact term={t('terms.licence')}>{licence.spdx}</Fact>
        <Fact term={t('engines.cuda.size')}>
          {isDownloaded
            ? t('engines.cuda.size.there')
            : sizeBytes === null
              ? t('engines.cuda.size.unknown')
              : formatSize(language, sizeBytes)}
        </Fact>
        <Fact term={t('terms.host')}>{host}</Fact>
      </Facts>
      {isAsking && <FetchDialog offer={offer} onClose={() => setIsAsking(false)} />}
    </>
  )
}

type RunningProps = { done: number; total: number | null; words: string; label: string; note?: string; onStop(): void }

const Running = ({ done, total, words, label, note, onStop }: RunningProps) => {
  const { t } = useTranslator()
  const stop = useFocusIfLost<HTMLButtonElement>()
  return (
    <>
      <div className={styles.head}>
        <p className={styles.text} role="status">
          {label}
        </p>
        <Button ref={stop} onClick={onStop}>
          {t('engines.cuda.stop')}
        </Button>
      </div>
      <Progress share={total === null || total === 0 ? null : done / total} label={label} />
      <p className={styles.note}>{[words, note].filter(Boolean).join(' ')}</p>
    </>
  )
}

const useAmount = () => {
  const { t, language } = useTranslator()
  return (done: number, total: number | null): string =>
    total === null
      ? t('engines.cuda.asking')
      : t('engines.cuda.amount', { done: formatSize(language, done), total: formatSize(language, total) })
}

const Fetching = () => {
  const { t } = useTranslator()
  const { cuda } = useStudio().devices
  const progress = useSlice(cuda.fetching.store, (state) => (state.kind === 'running' ? state.progress : null))
  const amount = useAmount()
  const { doneBytes, totalBytes } = progress ?? { doneBytes: 0, totalBytes: null }
  return (
    <Running
      done={doneBytes}
      total={totalBytes}
      words={amount(doneBytes, totalBytes)}
      label={t('engines.cuda.fetching')}
      note={t('engines.cuda.fetching.note')}
      onStop={cuda.fetching.cancel}
    />
  )
}

const Installing = () => {
  const { t } = useTranslator()
  const { cuda } = useStudio().devices
  const progress = useSlice(cuda.installing.store, (state) => (state.kind === 'running' ? state.progress : null))
  const amount = useAmount()
  const { doneBytes, totalBytes } = progress ?? { doneBytes: 0, totalBytes: 0 }
  return (
    <Running
      done={doneBytes}
      total={totalBytes}
      words={totalBytes === 0 ? '' : amount(doneBytes, totalBytes)}
      label={t('engines.cuda.installing')}
      onStop={cuda.installing.cancel}
    />
  )
}

/** Shows the hash of what came to a person, who alone can say whether it is right. */
const Confirmation = ({ offer, fetched }: { offer: CudaOffer; fetched: FetchedCuda }) => {
  const { t, language } = useTranslator()
  const { cuda } = useStudio().devices
  const copy = useFocusIfLost<HTMLButtonElement>()
  return (
    <div className={styles.confirmation} data-testid="confirm-cuda">
      <p>{t('engines.cuda.confirm', { name: offer.packageName, size: formatSize(language, fetched.sizeBytes) })}</p>
      <div className={styles.head}>
        <code className={styles.hash}>
          {hashGroups(fetched.sha256).map((group, index) => (
            // A hash has no parts that move.
            // biome-ignore lint/suspicious/noArrayIndexKey: groups may be equal and never change their place
            <span key={index}>{group}</span>
          ))}
        </code>
        <Button ref={copy} onClick={() => void navigator.clipboard.writeText(fetched.sha256)}>
          {t('engines.cuda.confirm.copy')}
        </Button>
      </div>
      <p className={styles.note}>
        {t('engines.cuda.confirm.compare')} <span className={styles.address}>{offer.page}</span>
      </p>
      <div className={styles.buttons}>
        <Button look="primary" onClick={cuda.confirm}>
          {t('engines.cuda.confirm.install')}
        </Button>
        <Button onClick={cuda.remove}>{t('engines.cuda.confirm.discard')}</Button>
      </div>
    </div>
  )
}

const Failure = ({ offer }: { offer: CudaOffer }) => {
  const { t } = useTranslator()
  const { cuda } = useStudio().devices
  const fetching = useSlice(cuda.fetching.store, (state) => state)
  const installing = useSlice(cuda.installing.store, (state) => state)
  const again = (): void => cuda.fetch(offer.licence.spdx)
  const failed = fetching.kind === 'failed' ? fetching : installing.kind === 'failed' ? installing : null
  if (!failed) return null
  const isAskable = failed.error.remedies.some((remedy) => remedy === 'try-again' || remedy === 'download-again')
  return (
    <>
      <Trouble
        error={failed.error}
        what={t('engines.cuda.failed')}
        look="framed"
        onTryAgain={again}
        onDownloadAgain={again}
      />
      {!isAskable && (
        <div className={styles.buttons}>
          <Button onClick={again}>{t('engines.cuda.again')}</Button>
        </div>
      )}
    </>
  )
}

const Installed = () => {
  const { t } = useTranslator()
  const { devices } = useStudio()
  const isUntested = useSlice(devices.store, ({ facts }) => facts !== null && isCudaUntested(facts))
  const isTesting = useSlice(devices.proof.store, ({ kind }) => kind === 'running')
  const test = useFocusIfLost<HTMLButtonElement>()
  const [isAsking, setIsAsking] = useState(false)
  if (isAsking)
    return (
      <Question
        text={t('engines.cuda.remove.question')}
        confirm={t('engines.cuda.remove.confirm')}
        onConfirm={() => {
          setIsAsking(false)
          devices.cuda.remove()
        }}
        onCancel={() => setIsAsking(false)}
      />
    )
  return (
    <div className={styles.head}>
      <p className={styles.text}>{t(isUntested ? 'engines.cuda.installed.untested' : 'engines.cuda.installed')}</p>
      {isUntested && !isTesting && (
        <Button ref={test} onClick={() => devices.proof.start({ providers: null })}>
          {t('engines.devices.test')}
        </Button>
      )}
      <Button look="quiet" onClick={() => setIsAsking(true)}>
        {t('engines.cuda.remove')}
      </Button>
    </div>
  )
}

/** The libraries that CUDA needs beside those of NVIDIA: offered, fetched, confirmed, installed, removed. */
export const CudaLibraries = () => {
  const { t } = useTranslator()
  const { devices } = useStudio()
  const facts = useSlice(devices.store, (state) => state.facts)
  const fetching = useSlice(devices.cuda.fetching.store, (state) => state)
  const installing = useSlice(devices.cuda.installing.store, (state) => state)
  const fetched = useSlice(devices.cuda.store, (state) => state.fetched)
  if (!facts?.cuda) return null
  const phase = cudaPhase({ facts, fetching, installing, fetched })
  if (phase === 'none') return null
  return (
    <Card as="section" aria-label={t('engines.cuda')} data-testid="cuda-libraries" data-phase={phase}>
      <h4>{t('engines.cuda')}</h4>
      {phase === 'offered' && <Offer offer={facts.cuda} />}
      {phase === 'fetching' && <Fetching />}
      {phase === 'confirming' && fetched && <Confirmation offer={facts.cuda} fetched={fetched} />}
      {phase === 'installing' && <Installing />}
      {phase === 'failed' && <Failure offer={facts.cuda} />}
      {phase === 'installed' && <Installed />}
    </Card>
  )
}
