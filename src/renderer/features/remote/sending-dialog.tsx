import { useEffect, useRef, useState } from 'react'
import { billedUnit, type RenderEstimate } from '../../../shared/endpoint/index.ts'
import type { EngineId } from '../../../shared/kernel/index.ts'
import {
  isOverLimit,
  type MissingConsent,
  type SendingQuestion,
  spentThisMonth,
  useSlice,
  useStudio,
  useTranslator,
} from '../../state/index.ts'
import { Card, Checkbox, Fact, Facts, Icon } from '../../ui/index.ts'
import { FormDialog, useSubmit } from '../forms/index.ts'
import { formatMoney } from './money.ts'
import styles from './sending-dialog.module.css'

/** Hosts say more than whole addresses. */
const hostOf = (baseUrl: string): string => (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl)

const EstimateCard = ({ estimate }: { estimate: RenderEstimate }) => {
  const { t, language } = useTranslator()
  const {
    engineId,
    engineName,
    lines,
    units,
    cost,
    spentThisMonth: spent,
    monthlyLimit,
    expectedSec,
    shares,
  } = estimate
  const { remote } = useStudio()
  const engine = useSlice(
    remote.store,
    ({ engines }) => engines.find((known) => known.engine.engineId === engineId)?.engine,
  )
  const unit = engine ? billedUnit(engine) : 'code-points'
  return (
    <Card as="section" aria-label={engineName} data-testid="estimate">
      <h3>{engineName}</h3>
      <Facts>
        <Fact term={t('sending.lines')}>{t('unit.number', { value: lines })}</Fact>
        <Fact term={t(`sending.units.${unit}`)}>{t('unit.number', { value: units })}</Fact>
        <Fact term={t('sending.cost')} data-testid="estimate-cost">
          {cost ? t('sending.cost.about', { cost: formatMoney(language, cost) }) : t('remote.price.none')}
        </Fact>
        <Fact term={t('sending.time')}>
          {expectedSec === null
            ? t('sending.time.unknown')
            : t('sending.time.value', { minutes: Math.floor(expectedSec / 60), seconds: Math.ceil(expectedSec % 60) })}
        </Fact>
        {spent && (
          <Fact term={t('remote.spent')}>
            {monthlyLimit === null
              ? formatMoney(language, spent)
              : t('remote.spent.of', {
                  spent: formatMoney(language, spent),
                  limit: formatMoney(language, { amount: monthlyLimit, currency: spent.currency }),
                })}
          </Fact>
        )}
      </Facts>
      {shares.length > 1 && lines > shares.length && (
        <ul className={styles.shares} aria-label={t('sending.spread')}>
          {shares.map(({ memberId, baseUrl, lines: share }) => (
            <li key={memberId}>
              <span className={styles.host}>{hostOf(baseUrl)}</span>
              <span>{t('sending.share', { count: Math.round(share) })}</span>
              <meter min={0} max={lines} value={share} aria-hidden="true" />
            </li>
          ))}
        </ul>
      )}
      {isOverLimit(estimate) && (
        <p className={styles.over} role="alert">
          <Icon name="alert" />
          {t('sending.overLimit')}
        </p>
      )}
    </Card>
  )
}

/** The set with that in it where it was not, and without it where it was. */
const toggled = <Item,>(items: ReadonlySet<Item>, item: Item): ReadonlySet<Item> => {
  const next = new Set(items)
  if (!next.delete(item)) next.add(item)
  return next
}

const keyOf = ({ engineId, subjectId }: MissingConsent): string => `${engineId} ${subjectId}`

const Question = ({ question }: { question: SendingQuestion }) => {
  const { t, language } = useTranslator()
  const { sending, library } = useStudio()
  const isOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  const { estimates, missing, isRender } = question
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set())
  const [unasked, setUnasked] = useState<ReadonlySet<EngineId>>(new Set())
  const note = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    // Without anything to allow there is nothing to begin at but the answer.
    if (missing.length === 0) note.current?.closest('dialog')?.querySelector<HTMLElement>('[type=submit]')?.focus()
  }, [missing])
  const { submit, failure, isBusy } = useSubmit(() => sending.allow(question, unasked))
  const textOf = (consent: MissingConsent): string =>
    consent.kind === 'text'
      ? t('sending.allow.text', { engine: consent.engineName })
      : t('sending.allow.voice', { engine: consent.engineName, voice: consent.voiceName })
  /** What a person may be content to pay without being asked again. */
  const payable = isRender
    ? estimates.filter((one) => one.cost !== null && one.cost.amount > 0 && !isOverLimit(one))
    : []
  const lines = estimates.reduce((sum, estimate) => sum + estimate.lines, 0)
  const totals = spentThisMonth(estimates.map(({ cost }) => ({ spentThisMonth: cost })))
  return (
    <FormDialog
      title={t(missing.length > 0 ? 'sending.title.consent' : 'sending.title')}
      submitLabel={isRender ? t('sending.render', { count: lines }) : t('sending.allow')}
      onSubmit={submit}
      onClose={sending.dismiss}
      isReady={missing.every((consent) => allowed.has(keyOf(consent)))}
      isBusy={isBusy}
      error={failure}
      aside={
        estimates.length > 1 &&
        totals.length > 0 && (
          <span data-side="start">
            {t('sending.total', { cost: totals.map((money) => formatMoney(language, money)).join(' + ') })}
          </span>
        )
      }
      data-testid="sending-form"
    >
      <p ref={note}>{t(missing.length > 0 ? 'sending.note.consent' : 'sending.note')}</p>
      {isOffline && (
        <p className={styles.over} role="alert">
          <Icon name="offline" />
          {t('sending.offline')}
        </p>
      )}
      {estimates.map((estimate) => (
        <EstimateCard key={estimate.engineId} estimate={estimate} />
      ))}
      {missing.length > 0 && (
        <fieldset className={styles.consents}>
          <legend>{t('sending.consents')}</legend>
          {missing.map((consent) => (
            <Checkbox
              key={keyOf(consent)}
              label={textOf(consent)}
              checked={allowed.has(keyOf(consent))}
              onChange={() => setAllowed(toggled(allowed, keyOf(consent)))}
            />
          ))}
          <p className={styles.note}>{t('sending.consents.note')}</p>
        </fieldset>
      )}
      {payable.map(
        ({ engineId, engineName, cost }) =>
          cost && (
            <Checkbox
              key={engineId}
              label={t('sending.unasked', { engine: engineName, cost: formatMoney(language, cost) })}
              checked={unasked.has(engineId)}
              onChange={() => setUnasked(toggled(unasked, engineId))}
            />
          ),
      )}
    </FormDialog>
  )
}

/** What is asked before anything leaves this computer. It may stand above any other dialog. */
export const SendingDialog = () => {
  const { sending } = useStudio()
  const question = useSlice(sending.store, (state) => state)
  return question && <Question key={question.questionId} question={question} />
}
