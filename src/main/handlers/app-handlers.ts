import type { Settings } from '../../shared/settings/index.ts'
import type { SettingsFile } from '../settings/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import type { ContractServer, EmitEvent } from './serve-contract.ts'

export type AppHandlersDeps = {
  appInfo: { version: string; libraryPath: string; systemLanguage(): string }
  settings: SettingsFile
  emit: EmitEvent
  nowEpochMs(): number
  runningJobs: ContractServer['runningJobs']
  setEnabledActions(actionIds: readonly string[]): void
  revealFile(path: string): void
  onSettingsChanged(before: Settings, after: Settings): void
}

type Channels =
  | 'app.info'
  | 'app.set-enabled-actions'
  | 'app.reveal-file'
  | 'settings.get'
  | 'settings.change'
  | 'job.list'

const platformOf = (platform: NodeJS.Platform): 'darwin' | 'linux' | 'win32' =>
  platform === 'darwin' || platform === 'win32' ? platform : 'linux'

export const appHandlers = (deps: AppHandlersDeps): HandlersOf<Channels> => ({
  'app.info': () => ({
    version: deps.appInfo.version,
    platform: platformOf(process.platform),
    systemLanguage: deps.appInfo.systemLanguage(),
    libraryPath: deps.appInfo.libraryPath,
    nowEpochMs: deps.nowEpochMs(),
  }),
  'app.set-enabled-actions': ({ actionIds }) => deps.setEnabledActions(actionIds),
  'app.reveal-file': ({ path }) => deps.revealFile(path),
  'settings.get': () => deps.settings.get(),
  'settings.change': (patch) => {
    const before = deps.settings.get()
    const after = deps.settings.change(patch)
    deps.onSettingsChanged(before, after)
    deps.emit('settings.changed', after)
    return after
  },
  'job.list': () => deps.runningJobs(),
})
