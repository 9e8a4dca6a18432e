import { useState } from 'react'
import { type Connection, dashscopeHttpObstacle, OPENAI_PROFILES, remoteFacts } from '../../../shared/endpoint/index.ts'
import { sampleRateSchema } from '../../../shared/kernel/index.ts'
import { useT } from '../../state/index.ts'
import { Checkbox, Field, type Option, Select, TextInput } from '../../ui/index.ts'
import { ConnectionMore, type ConnectionMoreProps } from './connection-more.tsx'
import { type DraftProblems, knownModels, withProfile, withReachableModel, withRegion } from './engine-draft.ts'

const OTHER = ''
const RATES_HZ = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
const PROFILES = ['wcode', 'siliconflow', 'vllm-omni', 'sglang-omni', 'cosyvoice-desktop', 'generic'] as const
const EAS_TRANSPORTS = ['websocket', 'sse', 'rest'] as const
const SERVER_TRANSPORTS = ['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule'] as const
const RUNTIME_MODELS = ['cosyvoice3', 'cosyvoice2', 'cosyvoice'] as const

type FieldsProps<Kind extends Connection['kind']> = {
  connection: Extract<Connection, { kind: Kind }>
  onChange(connection: Connection): void
}

type ModelFieldProps = {
  model: string
  known: readonly string[]
  isMissing: boolean
  onChange(model: string): void
}

/** One of the models that are known, or the name of another. */
const ModelField = ({ model, known, isMissing, onChange }: ModelFieldProps) => {
  const t = useT()
  const [isOther, setIsOther] = useState(!known.includes(model))
  const isTyped = known.length === 0 || isOther || !known.includes(model)
  const options: readonly Option<string>[] = [
    ...known.map((id) => ({ value: id, label: id })),
    { value: OTHER, label: t('remote.model.other') },
  ]
  const problem = isMissing ? t('remote.model.missing') : undefined
  return (
    <>
      {known.length > 0 && (
        <Field label={t('remote.model')}>
          {(ids) => (
            <Select
              {...ids}
              value={isTyped ? OTHER : model}
              options={options}
              onChoose={(chosen) => {
                setIsOther(chosen === OTHER)
                if (chosen !== OTHER) onChange(chosen)
              }}
            />
          )}
        </Field>
      )}
      {isTyped && (
        <Field
          label={t(known.length > 0 ? 'remote.model.name' : 'remote.model')}
          note={t('remote.model.note')}
          problem={problem}
        >
          {(ids) => (
            <TextInput
              {...ids}
              aria-invalid={isMissing}
              maxLength={200}
              value={model}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
    </>
  )
}

const DashscopeFields = ({
  connection,
  onChange,
  isModelMissing,
}: FieldsProps<'dashscope'> & { isModelMissing: boolean }) => {
  const t = useT()
  const { region, model, transport, workspaceId, usesTemporaryKeys = false } = connection
  const httpObstacle = dashscopeHttpObstacle(model, region)
  return (
    <>
      <Field label={t('remote.region')} note={t('remote.region.note')}>
        {(ids) => (
          <Select
            {...ids}
            value={region}
            options={(['cn', 'intl'] as const).map((value) => ({ value, label: t(`remote.region.${value}`) }))}
            onChoose={(chosen) => onChange(withRegion(connection, chosen))}
          />
        )}
      </Field>
      <ModelField
        key={region}
        model={model}
        known={knownModels(connection)}
        isMissing={isModelMissing}
        onChange={(chosen) => onChange(withReachableModel({ ...connection, model: chosen }))}
      />
      <Field
        label={t('remote.transport')}
        note={t(
          httpObstacle ? `remote.transport.dashscope.${httpObstacle}` : `remote.transport.dashscope.${transport}.note`,
        )}
      >
        {(ids) => (
          <Select
            {...ids}
            value={transport}
            options={(['websocket', 'http'] as const).map((value) => ({
              value,
              label: t(`remote.transport.dashscope.${value}`),
              isDisabled: value === 'http' && httpObstacle !== undefined,
            }))}
            onChoose={(chosen) => onChange({ ...connection, transport: chosen })}
          />
        )}
      </Field>
      <Field label={t('remote.workspace')} note={t('remote.workspace.note')}>
        {(ids) => (
          <TextInput
            {...ids}
            maxLength={200}
            value={workspaceId ?? ''}
            onChange={(event) =>
              onChange({ ...connection, workspaceId: event.target.value === '' ? null : event.target.value })
            }
          />
        )}
      </Field>
      <Field label={t('remote.temporaryKeys')} note={t('remote.temporaryKeys.note')}>
        {(ids) => (
          <Checkbox
            {...ids}
            label={t('remote.temporaryKeys.yes')}
            checked={usesTemporaryKeys}
            onChange={(event) => onChange({ ...connection, usesTemporaryKeys: event.target.checked })}
          />
        )}
      </Field>
    </>
  )
}

const OpenAiFields = ({
  connection,
  onChange,
  isModelMissing,
}: FieldsProps<'openai'> & { isModelMissing: boolean }) => {
  const t = useT()
  const { profile, model, sampleRateHz, takesInstructions } = connection
  const { instructions, sampleRatesHz } = OPENAI_PROFILES[profile]
  return (
    <>
      <Field label={t('remote.profile')} note={t(`remote.profile.${profile}.note`)}>
        {(ids) => (
          <Select
            {...ids}
            value={profile}
            options={PROFILES.map((value) => ({ value, label: t(`remote.profile.${value}`) }))}
            onChoose={(chosen) => onChange(withProfile(connection, chosen))}
          />
        )}
      </Field>
      <ModelField
        key={profile}
        model={model}
        known={knownModels(connection)}
        isMissing={isModelMissing}
        onChange={(chosen) => onChange({ ...connection, model: chosen })}
      />
      {sampleRatesHz.length === 0 && (
        <Field label={t('remote.rate')} note={t('remote.rate.note')}>
          {(ids) => (
            <Select
              {...ids}
              value={String(sampleRateHz)}
              options={[...new Set([...RATES_HZ, sampleRateHz])].map((hertz) => ({
                value: String(hertz),
                label: t('unit.hertz', { hertz }),
              }))}
              onChoose={(hertz) => onChange({ ...connection, sampleRateHz: sampleRateSchema.parse(Number(hertz)) })}
            />
          )}
        </Field>
      )}
      {instructions === 'optional' && (
        <Checkbox
          label={t('remote.takesInstructions')}
          checked={takesInstructions}
          onChange={(event) => onChange({ ...connection, takesInstructions: event.target.checked })}
        />
      )}
    </>
  )
}

const EasFields = ({ connection, onChange }: FieldsProps<'eas'>) => {
  const t = useT()
  return (
    <Field label={t('remote.transport')} note={t(`remote.transport.eas.${connection.transport}.note`)}>
      {(ids) => (
        <Select
          {...ids}
          value={connection.transport}
          options={EAS_TRANSPORTS.map((value) => ({ value, label: t(`remote.transport.eas.${value}`) }))}
          onChoose={(transport) => onChange({ ...connection, transport })}
        />
      )}
    </Field>
  )
}

const ServerFields = ({ connection, onChange }: FieldsProps<'cosyvoice-server'>) => {
  const t = useT()
  return (
    <Field label={t('remote.transport')} note={t(`remote.transport.server.${connection.transport}.note`)}>
      {(ids) => (
        <Select
          {...ids}
          value={connection.transport}
          options={SERVER_TRANSPORTS.map((value) => ({ value, label: t(`remote.transport.server.${value}`) }))}
          onChoose={(transport) => onChange({ ...connection, transport })}
        />
      )}
    </Field>
  )
}

const RuntimeFields = ({ connection, onChange }: FieldsProps<'cosyvoice-runtime'>) => {
  const t = useT()
  return (
    <Field label={t('remote.model')} note={t('remote.runtime.model.note')}>
      {(ids) => (
        <Select
          {...ids}
          value={connection.model}
          options={RUNTIME_MODELS.map((value) => ({ value, label: t(`remote.runtime.model.${value}`) }))}
          onChoose={(model) => onChange({ ...connection, model })}
        />
      )}
    </Field>
  )
}

const Kind = ({ connection, onChange, isModelMissing }: KindProps) => {
  switch (connection.kind) {
    case 'dashscope':
      return <DashscopeFields connection={connection} onChange={onChange} isModelMissing={isModelMissing} />
    case 'openai':
      return <OpenAiFields connection={connection} onChange={onChange} isModelMissing={isModelMissing} />
    case 'eas':
      return <EasFields connection={connection} onChange={onChange} />
    case 'cosyvoice-server':
      return <ServerFields connection={connection} onChange={onChange} />
    case 'cosyvoice-runtime':
      return <RuntimeFields connection={connection} onChange={onChange} />
  }
}

type KindProps = {
  connection: Connection
  isModelMissing: boolean
  onChange(connection: Connection): void
}

type ConnectionFieldsProps = ConnectionMoreProps & { problems: Pick<DraftProblems, 'model'> }

/** What is asked of a person about a kind of engine, and what that engine can do then. */
export const ConnectionFields = (props: ConnectionFieldsProps) => {
  const t = useT()
  const facts = remoteFacts(props.connection)
  const can = [
    t(`remote.recordings.${facts.recordings}`),
    t(facts.streaming ? 'engines.streaming.yes' : 'engines.streaming.no'),
    t(
      facts.instructSpeakers?.length === 0 && !facts.modes.includes('instruct')
        ? 'remote.instruct.no'
        : 'remote.instruct.yes',
    ),
    t(facts.honoursSeed ? 'remote.seed.yes' : 'remote.seed.no'),
  ]
  return (
    <>
      <Kind connection={props.connection} isModelMissing={props.problems.model} onChange={props.onChange} />
      <Field label={t('remote.can')}>{({ id }) => <output id={id}>{can.join(' · ')}</output>}</Field>
      <ConnectionMore {...props} />
    </>
  )
}
