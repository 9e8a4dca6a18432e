import type { Studio } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'

type Channels =
  | 'remote.list'
  | 'remote.save'
  | 'remote.remove'
  | 'remote.test'
  | 'remote.usage'
  | 'render.estimate'
  | 'consent.give'
  | 'consent.withdraw'

export const remoteHandlers = (studio: Studio): HandlersOf<Channels> => ({
  'remote.list': () => ({ engines: studio.remote.list(), hasVault: studio.remote.hasVault }),
  'remote.save': ({ mayKeepKeysInFile, ...draft }) => ({ engineId: studio.remote.save(draft, { mayKeepKeysInFile }) }),
  'remote.remove': ({ engineId }) => studio.remote.remove(engineId),
  'remote.test': async ({ voiceId, ...draft }, job) => ({ trials: await studio.remote.test(draft, voiceId, job) }),
  'remote.usage': ({ fromEpochMs, untilEpochMs }) => studio.remote.usage(fromEpochMs, untilEpochMs),
  'render.estimate': ({ projectId, scope }) => studio.estimate(projectId, scope),
  'consent.give': ({ subjectId, engineId }) => studio.remote.giveConsent(subjectId, engineId),
  'consent.withdraw': ({ engineId }) => studio.remote.withdrawConsents(engineId),
})
