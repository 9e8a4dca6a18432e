import type { Translator } from '../../shared/i18n/index.ts'
import type { Transport } from '../playback/index.ts'
import type { CudaDesk, Studio } from '../studio/index.ts'
import { type AppHandlersDeps, appHandlers } from './app-handlers.ts'
import { engineHandlers } from './engine-handlers.ts'
import { type ExportHandlersDeps, exportHandlers } from './export-handlers.ts'
import type { HandlersOf } from './handlers-of.ts'
import { type ModelHandlersDeps, modelHandlers } from './model-handlers.ts'
import { playbackHandlers } from './playback-handlers.ts'
import { projectHandlers } from './project-handlers.ts'
import { remoteHandlers } from './remote-handlers.ts'
import { renderHandlers } from './render-handlers.ts'
import { type ScriptHandlersDeps, scriptHandlers } from './script-handlers.ts'
import { type VoiceHandlersDeps, voiceHandlers } from './voice-handlers.ts'

export type HandlersDeps = AppHandlersDeps &
  ExportHandlersDeps &
  ScriptHandlersDeps &
  ModelHandlersDeps &
  Omit<VoiceHandlersDeps, 'voices'> & {
    studio: Studio
    transport: Transport
    cuda: CudaDesk
    translator(): Translator
    sampleDirectory: string
  }

/** All handlers of the contract. A missing channel is a type error here. */
export const createHandlers = (deps: HandlersDeps): HandlersOf => ({
  ...appHandlers(deps),
  ...projectHandlers(deps),
  ...scriptHandlers(deps),
  ...renderHandlers(deps.studio),
  ...remoteHandlers(deps.studio),
  ...playbackHandlers(deps.transport),
  ...exportHandlers(deps),
  ...modelHandlers(deps),
  ...engineHandlers({ localEngine: deps.studio.localEngine, cuda: deps.cuda }),
  ...voiceHandlers({ ...deps, voices: deps.studio.voices }),
})
