import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { type Settings, settingsSchema } from '../../shared/settings/index.ts'
import { silentLog } from '../log/index.ts'
import { MANIFEST_FILE } from '../model-bundle/index.ts'
import { openSettings } from '../settings/index.ts'
import type { StudioDeps } from '../studio/index.ts'
import { userDataDirectory } from './library-directory.ts'
import { type ModelsFlags, openInstalledModels } from './open-cli-models.ts'

/** How the local engine is made; what is left out is as the app's settings have it. */
export type LocalFlags = ModelsFlags & {
  /** Id of an installed model, or the folder of one. */
  model?: string
  device?: string
  memory?: string
  speaking?: string
  steps?: string
  lines?: string
}

type LocalDeps = Pick<StudioDeps, 'localSettings' | 'findModel'>

const FOLDER_ID = 'folder'

/** @throws AppError `usage.invalid` */
export const cliLocalDeps = (flags: LocalFlags): LocalDeps => {
  const userData = userDataDirectory({ platform: process.platform, homeDirectory: homedir(), env: process.env })
  const known = openSettings(userData, silentLog).get()
  const folder =
    flags.model !== undefined && existsSync(path.join(flags.model, MANIFEST_FILE)) ? flags.model : undefined
  const change = {
    ...(flags.model !== undefined && { localModelId: folder === undefined ? flags.model : FOLDER_ID }),
    ...(flags.device !== undefined && { localDevice: flags.device }),
    ...(flags.memory !== undefined && { localMemory: flags.memory }),
    ...(flags.speaking !== undefined && { localSpeaking: flags.speaking }),
    ...(flags.steps !== undefined && { localSteps: Number(flags.steps) }),
    ...(flags.lines !== undefined && { localLines: Number(flags.lines) }),
  }
  const said = settingsSchema.safeParse({ ...known, ...change })
  if (!said.success) {
    const [issue] = said.error.issues
    const detail = `--${String(issue?.path[0] ?? '')
      .replace(/^local/, '')
      .toLowerCase()}: ${issue?.message}`
    throw new AppError('usage.invalid', { params: { detail }, remedies: ['see-help'] })
  }
  const settings: Settings = said.data
  return {
    localSettings: () => settings,
    findModel: async (id) => {
      if (folder !== undefined)
        return { id, name: path.basename(folder), layout: 'bundle', directory: path.resolve(folder) }
      return (await openInstalledModels(flags, import.meta.dirname)).find((model) => model.id === id)
    },
  }
}
