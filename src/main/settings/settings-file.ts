import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Settings, settingsSchema } from '../../shared/settings/index.ts'
import { isAbsent } from '../disk/index.ts'
import type { Log } from '../log/index.ts'

export type SettingsFile = {
  get(): Settings
  /** Written beside, then renamed. Fields that are absent or undefined stay as they are. */
  change(patch: SettingsPatch): Settings
}

export type SettingsPatch = { [Field in keyof Settings]?: Settings[Field] | undefined }

/**
 * Settings in `directory/settings.json`. A field that cannot be read goes back to its preset, the others stay; a file that
 * is no JSON at all is put aside as `settings.unreadable.json`. Both are logged.
 */
export const openSettings = (directory: string, log: Log): SettingsFile => {
  mkdirSync(directory, { recursive: true })
  const file = path.join(directory, 'settings.json')
  let settings = readSettings(file, log)
  return {
    get: () => settings,
    change: (patch) => {
      const said = Object.entries(patch).filter(([, value]) => value !== undefined)
      settings = settingsSchema.parse({ ...settings, ...Object.fromEntries(said) })
      writeFileSync(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`)
      renameSync(`${file}.new`, file)
      return settings
    },
  }
}

const readSettings = (file: string, log: Log): Settings => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return settingsSchema.parse({})
    throw error
  }
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch (error) {
    log('warn', 'settings file is not JSON; put aside', { error })
    renameSync(file, file.replace(/\.json$/, '.unreadable.json'))
    return settingsSchema.parse({})
  }
  const fields = typeof stored === 'object' && stored !== null ? stored : {}
  const readable = Object.entries(fields).filter(([name, value]) => {
    const known = name in settingsSchema.shape
    const fits = known && settingsSchema.shape[name as keyof Settings].safeParse(value).success
    if (!fits) log('warn', 'settings field set back to its preset', { field: name })
    return fits
  })
  return settingsSchema.parse(Object.fromEntries(readable))
}
