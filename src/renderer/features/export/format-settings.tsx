import {
  type ExportSettings,
  exportRatesHz,
  mp3BitratesKbps,
  opusBitrateRangeKbps,
} from '../../../shared/audio/index.ts'
import { useT } from '../../state/index.ts'
import { Field, NumberInput, Select } from '../../ui/index.ts'
import styles from './export-dialog.module.css'
import { fitExport } from './export-presets.ts'

type FormatSettingsProps = { settings: ExportSettings; onChange(settings: ExportSettings): void }

const WAV_FORMATS = ['int16', 'int24', 'float32'] as const
const VBR_QUALITIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const

const RateOfMp3 = ({
  settings,
  onChange,
}: {
  settings: Extract<ExportSettings, { format: 'mp3' }>
  onChange(settings: ExportSettings): void
}) => {
  const t = useT()
  const { rate } = settings
  const choices = [
    ...mp3BitratesKbps(settings.sampleRateHz).map((bitrateKbps) => ({
      value: `cbr:${bitrateKbps}`,
      label: t('export.mp3.cbr', { bitrate: bitrateKbps }),
      rate: { mode: 'cbr' as const, bitrateKbps },
    })),
    ...VBR_QUALITIES.map((quality) => ({
      value: `vbr:${quality}`,
      label: t('export.mp3.vbr', { quality }),
      rate: { mode: 'vbr' as const, quality },
    })),
  ]
  return (
    <Field label={t('export.bitrate')}>
      {(ids) => (
        <Select
          {...ids}
          value={rate.mode === 'cbr' ? `cbr:${rate.bitrateKbps}` : `vbr:${rate.quality}`}
          options={choices}
          onChoose={(chosen) => {
            const choice = choices.find(({ value }) => value === chosen)
            if (choice) onChange({ ...settings, rate: choice.rate })
          }}
        />
      )}
    </Field>
  )
}

/** Settings of one format; only combinations that its encoder takes can be chosen. */
export const FormatSettings = ({ settings, onChange }: FormatSettingsProps) => {
  const t = useT()
  const { format, sampleRateHz, channelCount } = settings
  const rates = exportRatesHz(format)
  const opusRange = opusBitrateRangeKbps(channelCount)
  return (
    <div className={styles.settings}>
      <Field label={t('export.rate')}>
        {(ids) => (
          <Select
            {...ids}
            value={String(sampleRateHz)}
            options={rates.map((hertz) => ({ value: String(hertz), label: t('unit.hertz', { hertz }) }))}
            onChoose={(chosen) => {
              const rate = rates.find((hertz) => String(hertz) === chosen)
              if (rate) onChange(fitExport({ ...settings, sampleRateHz: rate }))
            }}
          />
        )}
      </Field>
      <Field label={t('export.channels')}>
        {(ids) => (
          <Select
            {...ids}
            value={channelCount === 1 ? 'mono' : 'stereo'}
            options={[
              { value: 'mono', label: t('export.channels.mono') },
              { value: 'stereo', label: t('export.channels.stereo') },
            ]}
            onChoose={(chosen) => onChange(fitExport({ ...settings, channelCount: chosen === 'mono' ? 1 : 2 }))}
          />
        )}
      </Field>
      {format === 'wav' && (
        <Field label={t('export.wav.sampleFormat')}>
          {(ids) => (
            <Select
              {...ids}
              value={settings.sampleFormat}
              options={WAV_FORMATS.map((value) => ({ value, label: t(`export.wav.${value}`) }))}
              onChoose={(sampleFormat) => onChange({ ...settings, sampleFormat })}
            />
          )}
        </Field>
      )}
      {format === 'mp3' && <RateOfMp3 settings={settings} onChange={onChange} />}
      {format === 'opus' && (
        <Field label={t('export.bitrate')} note={t('export.opus.range', opusRange)}>
          {(ids) => (
            <>
              <NumberInput
                {...ids}
                min={opusRange.min}
                max={opusRange.max}
                value={settings.bitrateKbps}
                onCommit={(bitrateKbps) => bitrateKbps !== null && onChange(fitExport({ ...settings, bitrateKbps }))}
              />
              <span>{t('unit.kbps')}</span>
            </>
          )}
        </Field>
      )}
    </div>
  )
}
