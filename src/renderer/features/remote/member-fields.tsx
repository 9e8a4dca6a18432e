import { useRef } from 'react'
import { type Connection, remoteFacts } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { mintId } from '../../state/mint-id.ts'
import { Button, Checkbox, Field, IconButton, NumberInput, TextInput } from '../../ui/index.ts'
import { type DraftProblems, hasKey, type MemberDraft, newMember } from './engine-draft.ts'
import styles from './engine-form.module.css'
import { MemberMore, type MemberMoreProps } from './member-more.tsx'

const MOST_MEMBERS = 32

type MemberProps = MemberMoreProps & {
  /** Null where it is the only one. */
  number: number | null
  problem: 'missing' | 'invalid' | undefined
  /** Where the person is to begin. */
  isKeyWanted: boolean
  onRemove(): void
}

const KeyField = ({
  connection,
  member,
  isKeyWanted,
  onChange,
}: Pick<MemberProps, 'connection' | 'member' | 'isKeyWanted' | 'onChange'>) => {
  const t = useT()
  const { keyHint, key } = member
  const input = useRef<HTMLInputElement>(null)
  const { needsKey } = remoteFacts(connection)
  const note = (): string => {
    if (key === null) return t('remote.key.removed')
    if (keyHint !== null && key === '') return t('remote.key.kept', { hint: keyHint })
    if (hasKey(member)) return t('remote.key.new')
    return t(needsKey ? 'remote.key.needed' : 'remote.key.optional')
  }
  return (
    <Field label={t('remote.key')} note={note()}>
      {(ids) => (
        <>
          <TextInput
            {...ids}
            ref={input}
            type="password"
            autoComplete="off"
            data-wanted={isKeyWanted || undefined}
            data-testid="member-key"
            maxLength={4000}
            placeholder={key === null ? '' : (keyHint ?? '')}
            value={key ?? ''}
            onChange={(event) => onChange({ key: event.target.value })}
          />
          {key === null ? (
            <Button onClick={() => onChange({ key: '' })}>{t('remote.key.keep')}</Button>
          ) : (
            keyHint !== null && (
              <Button
                onClick={() => {
                  onChange({ key: null })
                  input.current?.focus()
                }}
              >
                {t('remote.key.remove')}
              </Button>
            )
          )}
        </>
      )}
    </Field>
  )
}

const MemberRow = ({ number, problem, isKeyWanted, onRemove, ...more }: MemberProps) => {
  const t = useT()
  const { connection, member, onChange } = more
  const { baseUrl, concurrency, requestsPerSecond, isDraining } = member
  return (
    <fieldset className={styles.member} data-testid="member-fields">
      <legend>{number === null ? t('remote.member') : t('remote.member.number', { number })}</legend>
      <Field
        label={t('remote.address')}
        note={t(`remote.address.note.${connection.kind}`)}
        problem={problem && t(`remote.address.${problem}`)}
      >
        {(ids) => (
          <>
            <TextInput
              {...ids}
              inputMode="url"
              data-testid="member-address"
              aria-invalid={problem !== undefined}
              maxLength={2000}
              placeholder={t(`remote.address.example.${connection.kind}`)}
              value={baseUrl}
              onChange={(event) => onChange({ baseUrl: event.target.value })}
            />
            {number !== null && (
              <IconButton label={t('remote.member.remove', { number })} icon="trash" onClick={onRemove} />
            )}
          </>
        )}
      </Field>
      <KeyField connection={connection} member={member} isKeyWanted={isKeyWanted} onChange={onChange} />
      <div className={styles.pair}>
        <Field label={t('remote.concurrency')}>
          {(ids) => (
            <NumberInput
              {...ids}
              min={1}
              max={64}
              value={concurrency}
              onCommit={(value) => onChange({ concurrency: Math.round(value ?? 1) })}
            />
          )}
        </Field>
        <Field label={t('remote.requests')}>
          {(ids) => (
            <NumberInput
              {...ids}
              min={0.01}
              max={1000}
              placeholder={t('remote.requests.any')}
              value={requestsPerSecond}
              onCommit={(value) => onChange({ requestsPerSecond: value })}
            />
          )}
        </Field>
      </div>
      {(number !== null || isDraining) && (
        <Checkbox
          label={t('remote.draining')}
          checked={isDraining}
          onChange={(event) => onChange({ isDraining: event.target.checked })}
        />
      )}
      <MemberMore {...more} />
    </fieldset>
  )
}

type MemberFieldsProps = {
  connection: Connection
  members: readonly MemberDraft[]
  problems: Pick<DraftProblems, 'addresses' | 'webSockets' | 'keyHeaders'>
  isKeyWanted: boolean
  onChange(members: readonly MemberDraft[]): void
}

/** Endpoints of an engine, one or several. */
export const MemberFields = ({ connection, members, problems, isKeyWanted, onChange }: MemberFieldsProps) => {
  const t = useT()
  const add = useRef<HTMLButtonElement>(null)
  return (
    <section className={styles.part} aria-label={t('remote.members')}>
      {members.map((member, index) => (
        <MemberRow
          key={member.memberId}
          connection={connection}
          member={member}
          number={members.length > 1 ? index + 1 : null}
          problem={problems.addresses.get(member.memberId)}
          isWebSocketWrong={problems.webSockets.has(member.memberId)}
          isKeyHeaderWrong={problems.keyHeaders.has(member.memberId)}
          isKeyWanted={isKeyWanted && index === 0}
          onChange={(patch) =>
            onChange(members.map((known) => (known.memberId === member.memberId ? { ...known, ...patch } : known)))
          }
          onRemove={() => {
            onChange(members.filter(({ memberId }) => memberId !== member.memberId))
            add.current?.focus()
          }}
        />
      ))}
      <div className={styles.line}>
        <Button
          ref={add}
          icon="plus"
          disabled={members.length >= MOST_MEMBERS}
          onClick={() => onChange([...members, newMember(connection, mintId)])}
        >
          {t('remote.member.add')}
        </Button>
        <p className={styles.note}>{t('remote.member.add.note')}</p>
      </div>
    </section>
  )
}
