import type { RemoteListing } from '../../shared/endpoint/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import type { Studio } from '../studio/index.ts'
import { usageError } from './usage-error.ts'

const unknown = (engine: string): AppError =>
  new AppError('engine.unknown', { params: { engine }, remedies: ['choose-another-engine'] })

/** The one of that id, else of that name, however it is written in capitals. */
const oneOf = <Item>(
  items: readonly Item[],
  asked: string,
  { idOf, nameOf, what }: { idOf(item: Item): string; nameOf(item: Item): string; what: string },
): Item | undefined => {
  const [named, ...others] = items.filter((item) => nameOf(item).toLowerCase() === asked.trim().toLowerCase())
  const found = items.find((item) => idOf(item) === asked)
  if (!found && others.length > 0) throw usageError(`several ${what} are called ${asked}: say which by its id`)
  return found ?? named
}

/** @throws AppError `engine.unknown`; `usage.invalid` where several have that name */
export const findEngine = (engines: readonly EngineCapabilities[], asked: string): EngineCapabilities => {
  const found = oneOf(engines, asked, {
    idOf: ({ engineId }) => engineId,
    nameOf: ({ name }) => name,
    what: 'engines',
  })
  if (found) return found
  throw unknown(asked)
}

/** An engine that computes elsewhere. @throws as `findEngine` */
export const findRemote = ({ remote }: Studio, asked: string): RemoteListing => {
  const found = oneOf(remote.list(), asked, {
    idOf: ({ engine }) => engine.engineId,
    nameOf: ({ engine }) => engine.name,
    what: 'engines',
  })
  if (found) return found
  throw unknown(asked)
}

/** @throws AppError `usage.invalid` */
export const findVoiceNamed = (voices: readonly Voice[], asked: string): Voice => {
  const found = oneOf(voices, asked, { idOf: ({ voiceId }) => voiceId, nameOf: ({ name }) => name, what: 'voices' })
  if (found) return found
  throw usageError(`there is no voice ${asked}`)
}
