import type { Project, ProjectEdit } from './project.ts'
import type { ProjectSettings } from './records.ts'

export type SettingsPatch = Partial<Pick<ProjectSettings, 'title' | 'author' | 'album' | 'pauses' | 'direction'>>

export const setProjectSettings = ({ settings }: Project, patch: SettingsPatch): ProjectEdit => ({
  put: [{ ...settings, ...patch }],
  remove: [],
})
