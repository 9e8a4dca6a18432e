import { useState } from 'react'
import { BASIC, BEARER, type Connection, type KeyHeader, maySayKeyHeader } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { Field, Select, TextInput } from '../../ui/index.ts'
import { hasWebSocket, type MemberDraft } from './engine-draft.ts'
import { MoreFields } from './more-fields.tsx'

const OTHER = ''
const X_API_KEY: KeyHeader = { name: 'X-Api-Key', scheme: null }
const KNOWN = [BEARER, BASIC, X_API_KEY]

const labelOf = ({ name, scheme }: KeyHeader): string => (scheme === null ? name : `${name}: ${scheme}`)
const knownOf = (label: string): KeyHeader | undefined => KNOWN.find((known) => labelOf(known) === label)

type KeyHeaderFieldProps = { keyHeader: KeyHeader; isWrong: boolean; onChange(keyHeader: KeyHeader): void }

/** One of the headers that servers usually want, or the name of another. */
const KeyHeaderField = ({ keyHeader, isWrong, onChange }: KeyHeaderFieldProps) => {
  const t = useT()
  const [isOther, setIsOther] = useState(!knownOf(labelOf(keyHeader)))
  return (
    <>
      <Field
        label={t('remote.keyHeader')}
        note={keyHeader.scheme === 'Basic' ? t('remote.keyHeader.basic.note') : undefined}
      >
        {(ids) => (
          <Select
            {...ids}
            value={isOther ? OTHER : labelOf(keyHeader)}
            options={[
              ...KNOWN.map((known) => ({ value: labelOf(known), label: labelOf(known) })),
              { value: OTHER, label: t('remote.keyHeader.other') },
            ]}
            onChoose={(chosen) => {
              setIsOther(chosen === OTHER)
              onChange(knownOf(chosen) ?? { name: '', scheme: null })
            }}
          />
        )}
      </Field>
      {isOther && (
        <Field label={t('remote.keyHeader.name')} problem={isWrong ? t('remote.keyHeader.invalid') : undefined}>
          {(ids) => (
            <TextInput
              {...ids}
              aria-invalid={isWrong}
              maxLength={100}
              value={keyHeader.name}
              onChange={(event) => onChange({ ...keyHeader, name: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  )
}

export type MemberMoreProps = {
  connection: Connection
  member: MemberDraft
  isWebSocketWrong: boolean
  isKeyHeaderWrong: boolean
  onChange(patch: Partial<MemberDraft>): void
}

/** What few people say of an endpoint; nothing where its kind has no such thing. */
export const MemberMore = ({ connection, member, isWebSocketWrong, isKeyHeaderWrong, onChange }: MemberMoreProps) => {
  const t = useT()
  const { webSocketUrl, keyHeader } = member
  if (maySayKeyHeader(connection.kind))
    return (
      <MoreFields
        label={t('remote.more.member')}
        isWanted={labelOf(keyHeader) !== labelOf(BEARER)}
        hasProblem={isKeyHeaderWrong}
      >
        <KeyHeaderField
          keyHeader={keyHeader}
          isWrong={isKeyHeaderWrong}
          onChange={(changed) => onChange({ keyHeader: changed })}
        />
      </MoreFields>
    )
  if (!hasWebSocket(connection)) return null
  return (
    <MoreFields label={t('remote.more.member')} isWanted={webSocketUrl.trim() !== ''} hasProblem={isWebSocketWrong}>
      <Field
        label={t('remote.webSocket')}
        note={t('remote.webSocket.note')}
        problem={isWebSocketWrong ? t('remote.address.invalid') : undefined}
      >
        {(ids) => (
          <TextInput
            {...ids}
            inputMode="url"
            aria-invalid={isWebSocketWrong}
            maxLength={2000}
            value={webSocketUrl}
            onChange={(event) => onChange({ webSocketUrl: event.target.value })}
          />
        )}
      </Field>
    </MoreFields>
  )
}
