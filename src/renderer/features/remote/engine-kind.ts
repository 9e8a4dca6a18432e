import type { RemoteEngine } from '../../../shared/endpoint/index.ts'
import type { Translator } from '../../../shared/i18n/index.ts'

/** What an engine is, as far as its name does not say it. */
export const engineKind = (
  t: Translator['t'],
  { name, connection }: Pick<RemoteEngine, 'name' | 'connection'>,
): string =>
  [t(`remote.kind.${connection.kind}`), ...('model' in connection ? [connection.model] : [])]
    .filter((words) => words !== name)
    .join(' · ')
