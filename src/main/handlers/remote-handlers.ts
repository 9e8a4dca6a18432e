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
  | 'twin.enrol'
  | 'twin.renew'
  | 'twin.sync'
  | 'twin.adopt'
  | 'twin.follow'
  | 'twin.remove-there'
  | 'twin.remove'
  | 'voice.design'
  | 'voice.discard'

export const remoteHandlers = (studio: Studio): HandlersOf<Channels> => ({
  'remote.list': () => ({ engines: studio.remote.list(), hasVault: studio.remote.hasVault }),
  'remote.save': ({ mayKeepKeysInFile, ...draft }) => ({ engineId: studio.remote.save(draft, { mayKeepKeysInFile }) }),
  'remote.remove': ({ engineId }) => studio.remote.remove(engineId),
  'remote.test': async ({ voiceId, ...draft }, job) => ({ trials: await studio.remote.test(draft, voiceId, job) }),
  'remote.usage': ({ fromEpochMs, untilEpochMs }) => studio.remote.ledger.usage(fromEpochMs, untilEpochMs),
  'render.estimate': ({ projectId, scope }) => studio.estimate(projectId, scope),
  'consent.give': ({ subjectId, engineId }) => studio.remote.giveConsent(subjectId, engineId),
  'consent.withdraw': ({ engineId }) => studio.remote.withdrawConsents(engineId),
  'twin.enrol': async (asked, job) => ({ outcomes: await studio.twins.enrol(asked, job) }),
  'twin.renew': async (asked, job) => ({ outcomes: await studio.twins.renew(asked, job) }),
  'twin.sync': async ({ engineId }, job) => ({ members: await studio.twins.sync(engineId, job) }),
  'twin.adopt': (asked) => studio.twins.adopt(asked),
  'twin.follow': () => studio.twins.follow(),
  'twin.remove-there': (asked) => studio.twins.removeThere(asked),
  'twin.remove': (asked) => studio.twins.remove(asked),
  'voice.design': ({ engineId, ...design }, job) => studio.twins.design(engineId, design, job),
  'voice.discard': ({ voiceId }) => studio.twins.discard(voiceId),
})
