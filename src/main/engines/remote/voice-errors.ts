import { AppError, type Remedy } from '../../../shared/kernel/index.ts'
import { failureOfError, RemoteFailure, toAppError } from '../../remote/index.ts'
import { type VoiceHint, voiceHintOf } from '../../speech-clients/index.ts'
import { asParameter } from './sample-rules.ts'

/** What was being done with a voice of an endpoint. */
export type VoiceDeed = 'enrol' | 'renew' | 'list' | 'adopt' | 'remove' | 'design' | 'follow'

const OTHER_RECORDING: readonly Remedy[] = ['choose-another-voice']
/** What a person can do where the service says what it is about. */
const REMEDIES_OF: { readonly [Hint in VoiceHint]?: readonly Remedy[] } = {
  ...{ format: OTHER_RECORDING, size: OTHER_RECORDING, rate: OTHER_RECORDING, sample: OTHER_RECORDING },
  address: ['give-address'],
}

/** What a person is told of a failure at the voices of an endpoint. @param engine as they call it */
export const toVoiceError = (error: unknown, engine: string, deed: VoiceDeed): unknown => {
  if (error instanceof RemoteFailure) {
    const hint = voiceHintOf(error)
    const { code, params, remedies, retryable } = toAppError(failureOfError(error), engine)
    const better = (hint && REMEDIES_OF[hint]) ?? remedies
    return new AppError(code, {
      params: { ...params, deed, ...(hint !== undefined && { hint: asParameter(hint) }) },
      remedies: better,
      retryable,
      cause: error,
    })
  }
  if (error instanceof AppError && error.code === 'cloud.sample-unfit')
    return new AppError(error.code, { params: { ...error.params, engine }, remedies: error.remedies, cause: error })
  return error
}

/** Whether an endpoint says that it does not have a voice. */
export const isVoiceMissing = (error: unknown): boolean =>
  error instanceof RemoteFailure && error.failureClass === 'voice-not-found'
