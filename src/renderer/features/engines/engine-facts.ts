import type { AppErrorCode, AppErrorData, Remedy } from '../../../shared/kernel/index.ts'
import { type EngineCapabilities, speaksWith } from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'

/** More languages than this are told by their number, with their names on demand. */
const LISTED_LANGUAGES = 12

export type EngineFacts = {
  /** Voices of the library that it speaks with. */
  voiceCount: number
  /** Names in the interface's language, sorted; none where it reads any text. */
  languages: readonly string[]
  /** Whether the names are short enough to be read at once. */
  isListed: boolean
  directions: 'none' | 'free' | 'known'
  knownDirections: number
}

/** What an engine can do, as its card tells it. */
export const engineFacts = (
  engine: EngineCapabilities,
  voices: Iterable<Voice>,
  interfaceLanguage: string,
): EngineFacts => {
  const names = new Intl.DisplayNames(interfaceLanguage, { type: 'language', fallback: 'code' })
  const collator = new Intl.Collator(interfaceLanguage)
  const knownDirections = engine.honoursInstruct ? engine.instructs.length : 0
  return {
    voiceCount: [...voices].filter((voice) => speaksWith(engine, voice)).length,
    languages: engine.languages.map((tag) => names.of(tag) ?? tag).sort(collator.compare),
    isListed: engine.languages.length <= LISTED_LANGUAGES,
    directions: !engine.honoursInstruct ? 'none' : knownDirections > 0 ? 'known' : 'free',
    knownDirections,
  }
}

/** Errors whose first sentence is about a line, which an engine or a device has none of. */
const ABOUT_A_LINE: ReadonlySet<AppErrorCode> = new Set([
  'engine.crashed',
  'engine.no-model',
  'engine.out-of-memory',
  'engine.unknown',
])
/** Services are asked for lines; only these say something of the sending itself. */
const isOfALine = (code: AppErrorCode): boolean => code.startsWith('cloud.') && code !== 'cloud.consent-needed'
export const isAboutALine = ({ code }: Pick<AppErrorData, 'code'>): boolean => ABOUT_A_LINE.has(code) || isOfALine(code)

/** About lines, and about the page that they are on. */
const NOT_HERE: ReadonlySet<Remedy> = new Set<Remedy>([
  'open-engines',
  'choose-another-engine',
  'choose-another-voice',
  'choose-another-language',
  'split-long-lines',
])

/** What a person can do about it from the Engines page, where nobody spoke of a line. */
export const remediesHere = ({ remedies }: Pick<AppErrorData, 'remedies'>): readonly Remedy[] =>
  remedies.filter((remedy) => !NOT_HERE.has(remedy))
