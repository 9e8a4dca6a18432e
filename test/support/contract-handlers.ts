import type { HandlersOf } from '../../src/main/handlers/handlers-of.ts'
import { appContract } from '../../src/shared/contract/index.ts'

/** Handlers that all refuse, for tests that care about a few channels: name those, and the rest may not be reached. */
export const onlyHandlers = (some: Partial<HandlersOf>): HandlersOf => {
  const refusing = Object.fromEntries(
    Object.keys(appContract).map((channel) => [
      channel,
      () => {
        throw new Error(`${channel} was not expected to be reached`)
      },
    ]),
  ) as HandlersOf
  return { ...refusing, ...some }
}
