import type { DeviceTrial, ProviderFactsView } from '../../../shared/device/index.ts'
import { errorTexts, type MessageKey, type Translator } from '../../../shared/i18n/index.ts'
import type { AppErrorData } from '../../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../../shared/render/index.ts'
import { useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { Button, Card, Fact, Facts, Icon, Progress } from '../../ui/index.ts'
import styles from './device-trial.module.css'
import { isFallback, providerName, toldSpeed } from './device-view.ts'
import tableStyles from './table.module.css'
import { Trouble } from './trouble.tsx'

/** Graphs of our own bundles; one of another layout is called as its file calls it. */
const GRAPH_KEYS: Readonly<Record<string, MessageKey>> = {
  llm: 'engines.graph.llm',
  flowFront: 'engines.graph.flowFront',
  estimator: 'engines.graph.estimator',
  pitch: 'engines.graph.pitch',
  vocoder: 'engines.graph.vocoder',
  speaker: 'engines.graph.speaker',
  speechTokenizer: 'engines.graph.speechTokenizer',
}
const graphName = (t: Translator['t'], graph: string): string => {
  const key = GRAPH_KEYS[graph]
  return key ? t(key) : graph
}

/** Why a device was not used, with its name in front: the row itself is about the processor. */
const refusalText = (
  translator: Translator,
  providers: readonly ProviderFactsView[],
  refusal: AppErrorData,
): string => {
  const { why } = errorTexts(translator, refusal)
  const named = providers.find(
    ({ provider, name }) => refusal.params.provider === provider || refusal.params.provider === name,
  )
  return named ? translator.t('engines.reason.ofDevice', { name: named.name, why }) : why
}

type TrialProps = { trial: DeviceTrial; providers: readonly ProviderFactsView[] }

const Placements = ({ trial, providers }: TrialProps) => {
  const translator = useTranslator()
  const { t } = translator
  return (
    <div className={tableStyles.scroll}>
      <table className={tableStyles.table} aria-label={t('engines.placements')}>
        <thead>
          <tr>
            <th scope="col">{t('engines.placements.part')}</th>
            <th scope="col">{t('engines.placements.device')}</th>
            <th scope="col">{t('engines.placements.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {trial.placements.map((placement) => (
            <tr key={placement.graph}>
              <th scope="row">{graphName(t, placement.graph)}</th>
              <td>{providerName(providers, placement.provider)}</td>
              <td className={tableStyles.result}>
                {isFallback(placement) ? (
                  <strong className={tableStyles.fallen}>
                    <Icon name="alert" />
                    {t(`engines.reason.${placement.reason}`)}
                  </strong>
                ) : (
                  t(`engines.reason.${placement.reason}`)
                )}
                {placement.refusal && <small>{refusalText(translator, providers, placement.refusal)}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const TrialFacts = ({ trial, providers }: TrialProps) => {
  const t = useT()
  const { rtf, tookSec, durationSec, firstAudioSec, loadSec, peakMemoryBytes, triedAtEpochMs } = trial
  return (
    <Card data-testid="device-trial">
      <Facts>
        <Fact term={t('engines.trial.speed')}>
          <strong>{t('engines.trial.speed.value', toldSpeed(1 / rtf))}</strong>
          <small>{t('engines.trial.rtf', { took: tookSec, spoken: durationSec, rtf })}</small>
        </Fact>
        <Fact term={t('engines.trial.firstAudio')}>{t('engines.trial.seconds', { seconds: firstAudioSec })}</Fact>
        <Fact term={t('engines.trial.load')}>{t('engines.trial.seconds', { seconds: loadSec })}</Fact>
        <Fact term={t('engines.trial.memory')}>
          {t('engines.trial.gigabytes', { gigabytes: peakMemoryBytes / 1e9 })}
        </Fact>
      </Facts>
      <Placements trial={trial} providers={providers} />
      <p className={styles.at}>{t('engines.trial.at', { at: new Date(triedAtEpochMs) })}</p>
    </Card>
  )
}

/** Begins to measure the chosen model, or stops it. */
export const TrialButton = ({ engine }: { engine: EngineCapabilities }) => {
  const t = useT()
  const { devices } = useStudio()
  const isRunning = useSlice(devices.trial.store, ({ kind }) => kind === 'running')
  const isMeasured = useSlice(devices.store, ({ facts }) => Boolean(facts?.trial))
  if (isRunning) return <Button onClick={devices.trial.cancel}>{t('engines.trial.cancel')}</Button>
  return (
    <Button disabled={engine.unavailable !== null} onClick={() => devices.trial.start(undefined)}>
      {t(isMeasured ? 'engines.trial.measureAgain' : 'engines.trial.measure')}
    </Button>
  )
}

const TrialProgress = () => {
  const t = useT()
  const { devices } = useStudio()
  const run = useSlice(devices.trial.store, (state) => state)
  if (run.kind === 'failed')
    return <Trouble error={run.error} look="framed" onTryAgain={() => devices.trial.start(undefined)} />
  if (run.kind === 'idle') return null
  const share = run.progress?.fraction ?? null
  return (
    <div className={styles.running}>
      <Progress share={share} label={t('engines.trial.progress')} />
      <p>{t('engines.trial.running', { share: share ?? 0 })}</p>
    </div>
  )
}

/** What the chosen model was measured to do here. */
export const DeviceTrialView = ({ engine }: { engine: EngineCapabilities }) => {
  const t = useT()
  const { devices } = useStudio()
  const facts = useSlice(devices.store, (state) => state.facts)
  return (
    <>
      <TrialProgress />
      {facts?.trial && <TrialFacts trial={facts.trial} providers={facts.providers} />}
      {engine.unavailable ? (
        <Trouble error={engine.unavailable} />
      ) : (
        facts?.trial === null && <p data-testid="no-trial">{t('engines.trial.none')}</p>
      )}
    </>
  )
}
