import type { Log } from '../../log/index.ts'
import { RemoteFailure, type SpeechClient } from '../../remote/index.ts'

/**
 * A client whose failures are written down by what the service calls them, those that are tried again among them. Texts, and words
 * of a service, are not: they may hold what was to be spoken.
 * @param ids of the engine and its endpoint
 */
export const withLog = (client: SpeechClient, log: Log, ids: Readonly<Record<string, string>>): SpeechClient => ({
  async *speak(asked, signal) {
    try {
      yield* client.speak(asked, signal)
    } catch (error) {
      if (error instanceof RemoteFailure) {
        const { code, httpStatus, closeCode, requestId, hasPartialAudio } = error.facts
        const { failureClass } = error
        log('warn', 'a service failed', {
          ...ids,
          failureClass,
          code,
          httpStatus,
          closeCode,
          requestId,
          hasPartialAudio,
        })
      }
      throw error
    }
  },
  [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
})
