import { useEffect, useRef, useState } from 'react'
import type { AudioDevice } from '../../../shared/audio/index.ts'
import type { Settings } from '../../../shared/settings/index.ts'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, Checkbox, Dialog, Field, Select } from '../../ui/index.ts'
import { ModelsFolder } from './models-folder.tsx'
import styles from './settings-dialog.module.css'

const ZOOM_FACTORS = [0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2]
const SYSTEM_DEVICE = ''

const useAudioDevices = (audioOutput: Settings['audioOutput']): readonly AudioDevice[] => {
  const { bridge, notices } = useStudio()
  const [devices, setDevices] = useState<readonly AudioDevice[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another output has other devices
  useEffect(() => {
    bridge.call('playback.devices').then(setDevices).catch(notices.tellError)
  }, [bridge, notices, audioOutput])
  return devices
}

const AudioSettings = () => {
  const t = useT()
  const { library, notices, transport } = useStudio()
  const { audioOutput, audioDeviceName } = useSlice(library.store, (state) => state.settings)
  const used = useSlice(transport.store, (state) => state.output)
  const devices = useAudioDevices(audioOutput)
  const change = (patch: Partial<Settings>): void => {
    library.changeSettings(patch).catch(notices.tellError)
  }
  const shown = devices.filter(({ output }) => audioOutput === 'auto' || output === audioOutput)
  const names = [...new Set(shown.map(({ name }) => name))]
  const isGone = audioDeviceName !== null && !names.includes(audioDeviceName)
  return (
    <>
      <Field
        label={t('settings.audioOutput')}
        note={t('settings.audioOutput.used', {
          kind: used.kind,
          device: used.deviceName || t('status.output.system'),
        })}
      >
        {(ids) => (
          <Select
            {...ids}
            value={audioOutput}
            options={[
              { value: 'auto', label: t('settings.audioOutput.auto') },
              { value: 'portaudio', label: t('settings.audioOutput.portaudio') },
              { value: 'web', label: t('settings.audioOutput.web') },
            ]}
            onChoose={(next) => change({ audioOutput: next, audioDeviceName: null })}
          />
        )}
      </Field>
      <Field label={t('settings.audioDevice')}>
        {(ids) => (
          <Select
            {...ids}
            value={audioDeviceName ?? SYSTEM_DEVICE}
            options={[
              { value: SYSTEM_DEVICE, label: t('settings.audioDevice.system') },
              ...names.map((name) => ({ value: name, label: name })),
              ...(isGone && audioDeviceName !== null
                ? [{ value: audioDeviceName, label: t('settings.audioDevice.gone', { name: audioDeviceName }) }]
                : []),
            ]}
            onChoose={(name) => change({ audioDeviceName: name === SYSTEM_DEVICE ? null : name })}
          />
        )}
      </Field>
    </>
  )
}

export const SettingsDialog = ({ field }: { field: 'offline' | undefined }) => {
  const t = useT()
  const { library, notices, dialogs } = useStudio()
  const settings = useSlice(library.store, (state) => state.settings)
  const engines = useSlice(library.store, (state) => state.world.engines)
  const info = useSlice(library.store, (state) => state.info)
  const offline = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (field === 'offline') offline.current?.querySelector('input')?.focus()
  }, [field])
  const change = (patch: Partial<Settings>): void => {
    library.changeSettings(patch).catch(notices.tellError)
  }
  return (
    <Dialog
      title={t('settings.title')}
      closeLabel={t('common.close')}
      onClose={dialogs.close}
      foot={
        <Button look="primary" onClick={dialogs.close}>
          {t('common.done')}
        </Button>
      }
    >
      <div className={styles.fields}>
        <Field label={t('settings.language')}>
          {(ids) => (
            <Select
              {...ids}
              value={settings.language}
              options={[
                { value: 'system', label: t('settings.language.system') },
                { value: 'en', label: t('settings.language.en') },
                { value: 'zh-Hans', label: t('settings.language.zh-Hans') },
              ]}
              onChoose={(language) => change({ language })}
            />
          )}
        </Field>
        <Field label={t('settings.theme')}>
          {(ids) => (
            <Select
              {...ids}
              value={settings.theme}
              options={[
                { value: 'system', label: t('settings.theme.system') },
                { value: 'light', label: t('settings.theme.light') },
                { value: 'dark', label: t('settings.theme.dark') },
              ]}
              onChoose={(theme) => change({ theme })}
            />
          )}
        </Field>
        <Field label={t('settings.zoom')}>
          {(ids) => (
            <Select
              {...ids}
              value={String(settings.zoomFactor)}
              options={[...new Set([...ZOOM_FACTORS, settings.zoomFactor])]
                .sort((a, b) => a - b)
                .map((factor) => ({ value: String(factor), label: t('unit.percent', { share: factor }) }))}
              onChoose={(factor) => change({ zoomFactor: Number(factor) })}
            />
          )}
        </Field>
        <Field label={t('settings.engine')} note={t('settings.engine.note')}>
          {(ids) => (
            <Select
              {...ids}
              value={settings.defaultEngineId}
              options={[...engines.values()].map(({ engineId, name, isDraft }) => ({
                value: engineId,
                label: isDraft ? t('direction.engine.draft', { name }) : name,
              }))}
              onChoose={(defaultEngineId) => change({ defaultEngineId })}
            />
          )}
        </Field>
        <div ref={offline} className={styles.check}>
          <Checkbox
            label={t('settings.offline')}
            aria-describedby="settings-offline-note"
            checked={settings.staysOffline}
            onChange={(event) => change({ staysOffline: event.target.checked })}
          />
          <p id="settings-offline-note" className={styles.note}>
            {t('settings.offline.note')}
          </p>
        </div>
        <AudioSettings />
        <Field label={t('settings.library')} note={t('settings.library.note')}>
          {(ids) => (
            <output {...ids} className={styles.path}>
              {info.libraryPath}
            </output>
          )}
        </Field>
        <ModelsFolder change={change} />
      </div>
    </Dialog>
  )
}
