import type { TrackId } from '../kernel/index.ts'
import { editOf, patched } from './edit-of.ts'
import type { Project, ProjectEdit } from './project.ts'
import type { ProjectSettings, Track } from './records.ts'

/** What of a project can be changed once it is there. */
export type SettingsPatch = Partial<
  Pick<ProjectSettings, 'title' | 'author' | 'album' | 'pauses' | 'direction' | 'narratorId'>
>

export const setProjectSettings = (project: Project, patch: SettingsPatch): ProjectEdit | null =>
  editOf(patched(project.settings, patch))

export type TrackPatch = Partial<Pick<Track, 'name' | 'gainDb' | 'pan' | 'isMuted' | 'isSolo'>>

export const setTrack = (project: Project, trackId: TrackId, patch: TrackPatch): ProjectEdit | null =>
  editOf(patched(project.tracks.get(trackId), patch))
