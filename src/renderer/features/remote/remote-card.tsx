import { useState } from 'react'
import type { RemoteListing } from '../../../shared/endpoint/index.ts'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Card, Fact, Facts, Icon, type IconName } from '../../ui/index.ts'
import { DefaultChoice, EngineAbilities, EngineState } from '../engines/engine-card.tsx'
import tableStyles from '../engines/table.module.css'
import { Trouble } from '../engines/trouble.tsx'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { Question } from '../forms/index.ts'
import { useFocusIfLost } from '../models/use-focus-if-lost.ts'
import { engineKind } from './engine-kind.ts'
import { formatMoney, formatPace, formatPrice } from './money.ts'
import styles from './remote-card.module.css'

type Standing = 'ready' | 'running' | NonNullable<RemoteListing['members'][number]['resting']>

const ICONS: Readonly<Record<Standing, IconName>> = {
  ready: 'check',
  running: 'play',
  draining: 'minus',
  blocked: 'close',
  down: 'alert',
  'rate-limited': 'pause',
}

type MembersProps = { listing: RemoteListing; isUnavailable: boolean }

const Members = ({ listing: { engine, members, keyHints }, isUnavailable }: MembersProps) => {
  const { t } = useTranslator()
  return (
    <div className={tableStyles.scroll}>
      <table className={tableStyles.table} aria-label={t('remote.members')}>
        <thead>
          <tr>
            <th scope="col">{t('remote.member')}</th>
            <th scope="col">{t('remote.state')}</th>
            <th scope="col">{t('remote.pace')}</th>
            <th scope="col">{t('remote.key')}</th>
          </tr>
        </thead>
        <tbody>
          {engine.members.map(({ memberId, baseUrl, concurrency, isDraining }) => {
            const state = members.find((known) => known.memberId === memberId)
            const running = state?.running ?? 0
            const standing: Standing = isDraining ? 'draining' : (state?.resting ?? (running > 0 ? 'running' : 'ready'))
            return (
              <tr key={memberId} data-testid="remote-member" data-state={standing}>
                <th scope="row" className={styles.address}>
                  {baseUrl}
                </th>
                <td>
                  {isUnavailable ? (
                    t('engines.probes.nothing')
                  ) : (
                    <span className={styles.state} data-state={standing}>
                      <Icon name={ICONS[standing]} />
                      {t(`remote.state.${standing}`, { running, concurrency })}
                    </span>
                  )}
                </td>
                <td data-number>
                  {state?.msPerUnit ? formatPace(t, engine, state.msPerUnit) : t('engines.probes.nothing')}
                </td>
                <td className={keyHints[memberId] ? styles.key : styles.nothing}>
                  {keyHints[memberId] ?? t('remote.key.none')}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const Costs = ({ listing: { engine, spentThisMonth } }: { listing: RemoteListing }) => {
  const { t, language } = useTranslator()
  const { price, monthlyLimit } = engine
  return (
    <Facts>
      <Fact term={t('remote.price')}>
        {price
          ? t('remote.price.value', {
              price: formatPrice(language, price),
              per: price.per,
              unit: t(`remote.unit.${price.unit}`),
            })
          : t('remote.price.none')}
      </Fact>
      {price && spentThisMonth && (
        <Fact term={t('remote.spent')} data-testid="remote-spent">
          {monthlyLimit === null
            ? formatMoney(language, spentThisMonth)
            : t('remote.spent.of', {
                spent: formatMoney(language, spentThisMonth),
                limit: formatMoney(language, { amount: monthlyLimit, currency: price.currency }),
              })}
          {monthlyLimit !== null && (
            <progress
              className={styles.spent}
              aria-label={t('remote.spent.share')}
              max={1}
              value={Math.min(1, spentThisMonth.amount / monthlyLimit)}
              data-full={spentThisMonth.amount >= monthlyLimit || undefined}
            />
          )}
        </Fact>
      )}
    </Facts>
  )
}

type ButtonsProps = { name: string; onEdit(): void; onWithdraw(): void; onRemove(): void }

const Buttons = ({ name, onEdit, onWithdraw, onRemove }: ButtonsProps) => {
  const { t } = useTranslator()
  const remove = useFocusIfLost<HTMLButtonElement>()
  return (
    <div className={styles.buttons}>
      <Button icon="edit" aria-label={t('remote.edit.label', { name })} onClick={onEdit}>
        {t('remote.edit')}
      </Button>
      <Button look="quiet" aria-label={t('remote.withdraw.label', { name })} onClick={onWithdraw}>
        {t('remote.withdraw')}
      </Button>
      <Button ref={remove} look="quiet" aria-label={t('remote.remove.label', { name })} onClick={onRemove}>
        {t('remote.remove')}
      </Button>
    </div>
  )
}

/** An engine that computes elsewhere: where, in what state, at what cost, and whether it can be asked now. */
export const RemoteCard = ({ listing, isDefault }: { listing: RemoteListing; isDefault: boolean }) => {
  const { t } = useTranslator()
  const { bridge, library, dialogs, remote, sending, notices } = useStudio()
  const { engine } = listing
  const { engineId, name } = engine
  const capabilities = useSlice(library.store, ({ world }) => world.engines.get(engineId))
  const staysOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  const isResting =
    listing.members.length > 0 && listing.members.every(({ resting }) => resting !== null && resting !== 'rate-limited')
  const [isAsking, setIsAsking] = useState(false)
  const [said, setSaid] = useState('')
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const edit = (field?: 'key' | 'limit'): void =>
    dialogs.open({ kind: 'pages', page: 'engines', engineForm: { engineId, ...(field && { field }) } })
  const withdraw = (): void => {
    sending.askAgain(engineId)
    bridge
      .call('consent.withdraw', { engineId })
      .then(() => setSaid(t('remote.withdraw.done')))
      .catch(notices.tellError)
  }
  const remove = async (): Promise<void> => {
    try {
      const count = await remote.remove(engineId)
      if (count > 0) notices.tell('remote.removed.twins', { name, count })
    } catch (error) {
      setIsAsking(false)
      setFailure(toAppError(error).toData())
    }
  }
  return (
    <Card as="li" look={isDefault ? 'current' : 'plain'} data-testid={`engine-${engineId}`} data-remote>
      <div className={styles.head}>
        <h4>{name}</h4>
        <span className={styles.kind}>{engineKind(t, engine)}</span>
        {capabilities && <EngineState engine={capabilities} isResting={isResting} />}
        {capabilities && <DefaultChoice engine={capabilities} isDefault={isDefault} />}
      </div>
      {capabilities?.unavailable && <Trouble error={capabilities.unavailable} onEnterKey={() => edit('key')} />}
      <Members listing={listing} isUnavailable={staysOffline || capabilities?.unavailable != null} />
      <Costs listing={listing} />
      {capabilities && <EngineAbilities engine={capabilities} />}
      {failure && <ErrorNotice error={failure} />}
      {said !== '' && <p role="status">{said}</p>}
      {isAsking ? (
        <Question
          text={t('remote.remove.question', { name })}
          confirm={t('remote.remove.confirm')}
          onConfirm={() => void remove()}
          onCancel={() => setIsAsking(false)}
        />
      ) : (
        <Buttons name={name} onEdit={() => edit()} onWithdraw={withdraw} onRemove={() => setIsAsking(true)} />
      )}
    </Card>
  )
}
