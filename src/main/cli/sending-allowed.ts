import type { RemoteEngine } from '../../shared/endpoint/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { hasConsent } from '../library/index.ts'
import type { Studio } from '../studio/index.ts'

/**
 * What the person said by `--allow-sending` is kept as if the window had asked.
 * @throws AppError `cloud.consent-needed` where neither this command nor an earlier one said it
 */
export const requireRecordingAllowed = (
  studio: Studio,
  { engineId, name }: Pick<RemoteEngine, 'engineId' | 'name'>,
  voice: Voice,
  allowsSending: boolean,
): void => {
  if (allowsSending) studio.remote.giveConsent(voice.voiceId, engineId)
  else if (!hasConsent(studio.library.db, voice.voiceId, engineId))
    throw new AppError('cloud.consent-needed', {
      params: { engine: name, engineId, subject: 'voice', subjectId: voice.voiceId, voice: voice.name },
      remedies: ['allow-sending', 'choose-another-engine'],
    })
}
