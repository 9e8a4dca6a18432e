import { useEffect } from 'react'
import type { DeviceWishId } from '../../../shared/device/index.ts'
import type { Settings } from '../../../shared/settings/index.ts'
import { useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { Button, Field, type Option, Select } from '../../ui/index.ts'
import { DEVICES_ID, deviceWishes, verdictOf } from './device-view.ts'
import styles from './engines-page.module.css'

/** The published setting, and what is worth trying around it. */
const STEPS = [5, 6, 8, 10, 16]
const PUBLISHED_STEPS = 10

/** Lines at the same time. */
const LINES = [1, 2, 3, 4]

type Change = (patch: Partial<Settings>) => void

const ModelField = ({ modelId }: { modelId: string | null }) => {
  const t = useT()
  const { dialogs, models } = useStudio()
  const installed = useSlice(models.store, (state) => state.listing?.installed)
  useEffect(() => void models.refresh(), [models])
  const known = installed?.find(({ id }) => id === modelId)
  const nameOf = (id: string): string => known?.name ?? (installed ? t('engines.model.gone', { id }) : id)
  return (
    <Field label={t('engines.model')}>
      {(ids) => (
        <>
          <output {...ids} className={styles.value}>
            {modelId === null ? t('engines.model.none') : nameOf(modelId)}
          </output>
          <Button onClick={() => dialogs.open({ kind: 'pages', page: 'models' })}>{t('engines.model.open')}</Button>
        </>
      )}
    </Field>
  )
}

/** What there is to say of the wish itself; nothing of what it lacks. */
const useDeviceNote = (wish: DeviceWishId): { note: string; isProblem: boolean } => {
  const t = useT()
  const { devices } = useStudio()
  const facts = useSlice(devices.store, (state) => state.facts)
  const said = (note: string, isProblem = false) => ({ note, isProblem })
  if (wish === 'automatic') return said(t('engines.device.automatic.note'))
  if (wish === 'cpu') return said(t('engines.device.processor'))
  const provider = facts?.providers.find((known) => known.provider === wish)
  if (!facts || !provider) return said('')
  const { name, state } = provider
  if (state === 'absent') return said(t('engines.device.absent', { name }), true)
  if (state === 'incomplete') return said('', true)
  if (state === 'installable') return said(t('engines.device.installable', { name }), true)
  const verdict = verdictOf(
    wish,
    facts.certificates.find((certificate) => certificate.provider === wish),
  )
  if (verdict === 'untested') return said(t('engines.device.untested', { name }), true)
  return verdict === 'wrong' || verdict === 'refused' ? said(t('engines.device.wrong', { name }), true) : said('')
}

/** Leads to the list of what each device lacks. */
const LackingDevices = ({ names }: { names: readonly string[] }) => {
  const { t, language } = useTranslator()
  const show = (): void => {
    const heading = document.getElementById(DEVICES_ID)
    heading?.focus({ preventScroll: true })
    heading?.scrollIntoView({ block: 'start' })
  }
  return (
    <span data-testid="lacking-devices">
      {t('engines.device.lacking', { names: new Intl.ListFormat(language).format(names) })}{' '}
      <Button look="link" onClick={show}>
        {t('engines.device.lacking.show')}
      </Button>
    </span>
  )
}

const DeviceField = ({ wish, change }: { wish: DeviceWishId; change: Change }) => {
  const t = useT()
  const { devices } = useStudio()
  const providers = useSlice(devices.store, (state) => state.facts?.providers) ?? []
  const { note, isProblem } = useDeviceNote(wish)
  const wishes = deviceWishes(providers, wish)
  const lacking = wishes.filter(({ facts }) => facts.state === 'incomplete').map(({ facts }) => facts.name)
  const options: readonly Option<DeviceWishId>[] = [
    { value: 'automatic', label: t('engines.device.automatic') },
    ...wishes.map(({ facts: { provider, name, state }, isUsable }) => ({
      value: provider,
      label: state === 'ready' ? name : t(`engines.device.${state}`, { name }),
      isDisabled: !isUsable && provider !== wish,
    })),
  ]
  const isListed = options.some(({ value }) => value === wish)
  const told = (
    <>
      {note} {lacking.length > 0 && <LackingDevices names={lacking} />}
    </>
  )
  const hasWords = note !== '' || lacking.length > 0
  return (
    <Field
      label={t('engines.device')}
      note={hasWords && !isProblem ? told : undefined}
      problem={hasWords && isProblem ? told : undefined}
    >
      {(ids) => (
        <Select
          {...ids}
          data-testid="local-device"
          value={wish}
          options={isListed ? options : [...options, { value: wish, label: wish }]}
          onChoose={(localDevice) => change({ localDevice })}
        />
      )}
    </Field>
  )
}

/** How the local engine works: with which model, on what, and what it trades for what. */
export const LocalSettings = () => {
  const t = useT()
  const { library, notices } = useStudio()
  const settings = useSlice(library.store, (state) => state.settings)
  const change: Change = (patch) => {
    library.changeSettings(patch).catch(notices.tellError)
  }
  const { localModelId, localDevice, localMemory, localSpeaking, localSteps, localLines } = settings
  return (
    <div className={styles.fields}>
      <ModelField modelId={localModelId} />
      <DeviceField wish={localDevice} change={change} />
      <Field label={t('engines.memory')} note={t(`engines.memory.${localMemory}.note`)}>
        {(ids) => (
          <Select
            {...ids}
            data-testid="local-memory"
            value={localMemory}
            options={[
              { value: 'resident', label: t('engines.memory.resident') },
              { value: 'staged', label: t('engines.memory.staged') },
            ]}
            onChoose={(next) => change({ localMemory: next })}
          />
        )}
      </Field>
      <Field label={t('engines.speaking')} note={t(`engines.speaking.${localSpeaking}.note`)}>
        {(ids) => (
          <Select
            {...ids}
            data-testid="local-speaking"
            value={localSpeaking}
            options={[
              { value: 'whole', label: t('engines.speaking.whole') },
              { value: 'streamed', label: t('engines.speaking.streamed') },
            ]}
            onChoose={(next) => change({ localSpeaking: next })}
          />
        )}
      </Field>
      <Field
        label={t('engines.lines')}
        note={t(localMemory === 'staged' ? 'engines.lines.staged' : 'engines.lines.note')}
      >
        {(ids) => (
          <Select
            {...ids}
            data-testid="local-lines"
            value={String(localLines)}
            disabled={localMemory === 'staged'}
            options={[...new Set([...LINES, localLines])]
              .sort((a, b) => a - b)
              .map((lines) => ({ value: String(lines), label: t('engines.lines.number', { lines }) }))}
            onChoose={(lines) => change({ localLines: Number(lines) })}
          />
        )}
      </Field>
      <Field label={t('engines.steps')} note={t('engines.steps.note')}>
        {(ids) => (
          <Select
            {...ids}
            data-testid="local-steps"
            value={String(localSteps)}
            options={[...new Set([...STEPS, localSteps])]
              .sort((a, b) => a - b)
              .map((steps) => ({
                value: String(steps),
                label: t(steps === PUBLISHED_STEPS ? 'engines.steps.published' : 'engines.steps.number', { steps }),
              }))}
            onChoose={(steps) => change({ localSteps: Number(steps) })}
          />
        )}
      </Field>
    </div>
  )
}
