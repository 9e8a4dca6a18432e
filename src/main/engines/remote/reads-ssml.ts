import { endpointReadsSsml } from '../../../shared/endpoint/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import type { RemoteSetup } from './remote-setup.ts'

/** Whether all endpoints of an engine that know a voice read SSML with it: a line may go to any of them. */
export const readsSsml = (
  { engine: { connection, members }, remoteVoice }: Pick<RemoteSetup, 'engine' | 'remoteVoice'>,
  voice: RenderRequest['voice'],
): boolean => {
  const names = members.flatMap(({ memberId }) => remoteVoice(voice, memberId) ?? [])
  return names.length > 0 && names.every((name) => endpointReadsSsml(connection, name))
}
