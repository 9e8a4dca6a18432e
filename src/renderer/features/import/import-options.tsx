import { useRef } from 'react'
import type { ScriptFormat, ScriptImportOptions, ScriptPreview } from '../../../shared/script/index.ts'
import { useT } from '../../state/index.ts'
import { Checkbox, Field, Select } from '../../ui/index.ts'
import styles from './import-dialog.module.css'

/** Encodings a person may have to choose by hand, as TextDecoder names them. */
const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'windows-1252']
const AUTOMATIC = ''

type Speaker = ScriptPreview['speakers'][number]

type ImportOptionsProps = {
  options: ScriptImportOptions
  preview: ScriptPreview | null
  onChange(patch: Partial<ScriptImportOptions>): void
}

/** How a file is read: format, encoding, and which names are speakers. */
export const ImportOptions = ({ options, preview, onChange }: ImportOptionsProps) => {
  const t = useT()
  // A speaker that was unticked is no longer found; it stays in the list so that it can be ticked again.
  const seen = useRef(new Map<string, Speaker>())
  for (const speaker of preview?.speakers ?? []) seen.current.set(speaker.name, speaker)
  const speakers = [...seen.current.values()].sort((a, b) => b.lineCount - a.lineCount)
  const toggle = (name: string, isSpeaker: boolean): void =>
    onChange({
      ignoredNames: isSpeaker
        ? options.ignoredNames.filter((ignored) => ignored !== name)
        : [...options.ignoredNames, name],
    })
  return (
    <>
      <Field label={t('import.format')} isStacked>
        {(ids) => (
          <Select<ScriptFormat | ''>
            {...ids}
            value={options.format ?? AUTOMATIC}
            options={[
              {
                value: AUTOMATIC,
                label: preview
                  ? t('import.detected', { what: t(`import.format.${preview.format}`) })
                  : t('import.automatic'),
              },
              { value: 'text', label: t('import.format.text') },
              { value: 'markdown', label: t('import.format.markdown') },
            ]}
            onChoose={(format) => onChange({ format: format || null })}
          />
        )}
      </Field>
      <Field label={t('import.encoding')} isStacked>
        {(ids) => (
          <Select
            {...ids}
            value={options.encoding ?? AUTOMATIC}
            options={[
              {
                value: AUTOMATIC,
                label:
                  preview && options.encoding === null
                    ? t('import.detected', { what: preview.encoding.toUpperCase() })
                    : t('import.automatic'),
              },
              ...ENCODINGS.map((encoding) => ({ value: encoding, label: encoding.toUpperCase() })),
            ]}
            onChoose={(encoding) => onChange({ encoding: encoding || null })}
          />
        )}
      </Field>
      <Checkbox
        label={t('import.detectDialogue')}
        checked={options.detectDialogue}
        onChange={(event) => onChange({ detectDialogue: event.target.checked })}
      />
      {options.detectDialogue && speakers.length > 0 && (
        <fieldset className={styles.speakers}>
          <legend>{t('import.speakers')}</legend>
          <div className={styles.speakerList}>
            {speakers.map(({ name, lineCount }) => (
              <Checkbox
                key={name}
                label={
                  <span>
                    {name} <small>{t('import.speaker.lines', { count: lineCount })}</small>
                  </span>
                }
                checked={!options.ignoredNames.includes(name)}
                onChange={(event) => toggle(name, event.target.checked)}
              />
            ))}
          </div>
        </fieldset>
      )}
    </>
  )
}
