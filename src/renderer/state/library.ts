import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppContract, OutputOf } from '../../shared/contract/index.ts'
import type { ProjectSummary } from '../../shared/project/index.ts'
import { enrolmentsOf, type RenderWorld } from '../../shared/render/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type AppInfo = OutputOf<AppContract, 'app.info'>

/** Mirrors of what main holds; never edited here. */
export type LibraryState = {
  info: AppInfo
  settings: Settings
  projects: readonly ProjectSummary[]
  /** Voices and engines, as planning needs them. Keeps its identity until one of them changes. */
  world: RenderWorld
  /** Voices of the library as endpoints know them. */
  twins: readonly VoiceTwin[]
}

export type Library = {
  store: StoreApi<LibraryState>
  changeSettings(change: Partial<Settings>): Promise<void>
  refreshProjects(): void
}

/**
 * Settings that engines and voices depend on: names are in the interface's language, another default engine brings another
 * default voice, and another model other directions.
 */
const WORLD_SETTINGS = ['language', 'defaultEngineId', 'localModelId'] as const

const loadWorld = async (bridge: Bridge, settings: Settings): Promise<Pick<LibraryState, 'world' | 'twins'>> => {
  const [voices, { engines, defaultVoiceId, twins }] = await Promise.all([
    bridge.call('voice.list'),
    bridge.call('engine.list'),
  ])
  const world = {
    voices: new Map(voices.map((voice) => [voice.voiceId, voice])),
    engines: new Map(engines.map((engine) => [engine.engineId, engine])),
    enrolments: enrolmentsOf(twins),
    defaultEngineId: settings.defaultEngineId,
    defaultVoiceId,
  }
  return { world, twins }
}

export const openLibrary = async (bridge: Bridge, tellError: (error: unknown) => void): Promise<Library> => {
  const [info, settings, projects] = await Promise.all([
    bridge.call('app.info'),
    bridge.call('settings.get'),
    bridge.call('project.list'),
  ])
  const loaded = await loadWorld(bridge, settings)
  const store = createStore<LibraryState>(() => ({ info, settings, projects, ...loaded }))

  let newest = 0
  const reloadWorld = (): void => {
    newest += 1
    const asked = newest
    loadWorld(bridge, store.getState().settings)
      .then((next) => asked === newest && store.setState(next))
      .catch(tellError)
  }
  const adoptSettings = (next: Settings): void => {
    const { settings: known } = store.getState()
    store.setState({ settings: next })
    if (WORLD_SETTINGS.some((name) => known[name] !== next[name])) reloadWorld()
  }

  bridge.on('settings.changed', adoptSettings)
  bridge.on('voice.changed', reloadWorld)
  bridge.on('engine.changed', reloadWorld)
  const refreshProjects = (): void => {
    bridge
      .call('project.list')
      .then((next) => store.setState({ projects: next }))
      .catch(tellError)
  }
  bridge.on('project.changed', refreshProjects)
  return {
    store,
    refreshProjects,
    async changeSettings(change) {
      adoptSettings(await bridge.call('settings.change', change))
    },
  }
}
