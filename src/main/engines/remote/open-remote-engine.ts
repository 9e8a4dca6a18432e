import { billedUnit, billedUnits, remoteFacts } from '../../../shared/endpoint/index.ts'
import { AppError, type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import { silentLog } from '../../log/index.ts'
import { describeRemote } from './describe-remote.ts'
import { openClient } from './open-client.ts'
import { probeOf } from './probe.ts'
import { readsSsml } from './reads-ssml.ts'
import { createRemoteEngine, type RemoteEngine } from './remote-engine.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'
import { sharedGate } from './shared-gate.ts'
import { withLog } from './with-log.ts'

/** Why an engine cannot be asked, as far as it is known without asking. */
const obstacleOf = ({ engine, keyOf }: RemoteSetup): AppErrorData | null => {
  const { needsKey } = remoteFacts(engine.connection)
  try {
    const hasKeys = engine.members.every(({ memberId }) => keyOf(memberId) !== undefined)
    if (hasKeys || !needsKey) return null
    return new AppError('secret.missing', { params: { engine: engine.name }, remedies: ['enter-key'] }).toData()
  } catch (error) {
    const { code, params, remedies } = toAppError(error)
    return new AppError(code, { params: { ...params, engine: engine.name }, remedies }).toData()
  }
}

/** An engine over its endpoints. Nothing is opened before the first line. */
export const openRemoteEngine = (setup: RemoteSetup, deps: RemoteDeps): RemoteEngine => {
  const { engine } = setup
  const unavailable = obstacleOf(setup)
  const { capabilities, presetVoices } = describeRemote(engine, unavailable)
  const { text } = remoteFacts(engine.connection)
  return createRemoteEngine({
    capabilities,
    presetVoices,
    model: 'model' in engine.connection ? engine.connection.model : '',
    limits: { pieceUnits: text.most, measure: (words, how) => billedUnits(words, text.unit, how) },
    billed: (words) => billedUnits(words, billedUnit(engine)),
    readsSsml: (voice) => readsSsml(setup, voice),
    members: unavailable
      ? []
      : engine.members.map((member) => ({
          ...member,
          client: withLog(openClient(setup, member, deps), deps.log ?? silentLog, {
            ...{ engineId: engine.engineId, memberId: member.memberId },
          }),
          probe: probeOf(setup, member, deps),
          gate: sharedGate(setup, member, deps),
        })),
    remoteVoice: (voice, memberId) => setup.remoteVoice(voice, memberId),
    admit: (units) => setup.admit(units),
    clock: deps.clock,
    random: () => deps.random(),
  })
}
