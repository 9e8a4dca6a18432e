import { catalogues, type MessageKey, type Translator } from '../../../shared/i18n/index.ts'
import { orderedLines, type Project } from '../../../shared/project/index.ts'
import {
  type EngineCapabilities,
  followsInstruct,
  type InstructOption,
  knownInstruct,
  takesInstruct,
} from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'

const KINDS = [
  ...(['dialect', 'language', 'emotion', 'tone', 'pace', 'loudness', 'role', 'identity', 'scene'] as const),
] satisfies readonly InstructOption['kind'][]

/** A choice of the picker. */
export type InstructChoice = {
  /** Unlike that of any other choice. */
  key: string
  /** In the interface's language; words of one's own as they are. */
  label: string
  /** What the direction becomes; null leaves it to the levels above. */
  text: string | null
  /** What type-ahead also finds it by, for those whose keyboard does not write the label. */
  latin: string
}
export type InstructGroup = { label: string; choices: readonly InstructChoice[] }

const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(catalogues.en, key)
/** `dialect.sichuan` is found by `sichuan`. */
const latinOf = (id: string): string => id.slice(id.indexOf('.') + 1)

/** A trained direction as a person calls it; one that the catalogue has no name for by its text. */
export const instructName = (t: Translator['t'], { id, text }: Pick<InstructOption, 'id' | 'text'>): string => {
  const key = `instruct.option.${id}`
  return isMessageKey(key) ? t(key) : text
}

/** Any direction as a person calls it: a trained one by its name, words of one's own as they are. */
export const directionName = (t: Translator['t'], instructs: readonly InstructOption[], text: string): string => {
  const known = knownInstruct(instructs, text)
  if (!known) return text
  const name = instructName(t, known)
  const feeling = known.feelings?.find((one) => one.text === text)
  return feeling ? t('instruct.withFeeling', { name, feeling: instructName(t, feeling) }) : name
}

/**
 * Directions that lines of the project say themselves, each once, the last of the script first.
 * @param limit of how many; @param isTaken whether one is to be among them
 */
export const recentInstructs = (
  project: Project,
  limit: number,
  isTaken: (text: string) => boolean = () => true,
): readonly string[] => {
  const recent = new Set<string>()
  for (const { direction } of orderedLines(project).toReversed()) {
    if (recent.size === limit) break
    if (direction.instruct !== null && isTaken(direction.instruct)) recent.add(direction.instruct)
  }
  return [...recent]
}

/** The feelings with which a direction can be said. */
const feelingGroup = (t: Translator['t'], option: InstructOption): InstructGroup => ({
  label: t('instruct.feelings', { name: instructName(t, option) }),
  choices: (option.feelings ?? []).map((feeling) => ({
    ...{ key: `${option.id} ${feeling.id}`, label: instructName(t, feeling), text: feeling.text },
    latin: latinOf(feeling.id),
  })),
})

/**
 * What the picker offers, in its groups; the first choice has none.
 * @param text that is said now: of what can be said with a feeling the feelings are offered as well
 */
export const instructGroups = (
  t: Translator['t'],
  instructs: readonly InstructOption[],
  recents: readonly string[],
  text: string | null = null,
): readonly InstructGroup[] => {
  const recent = recents.map((used): InstructChoice => {
    const known = knownInstruct(instructs, used)
    return {
      ...{ key: `recent ${used}`, label: directionName(t, instructs, used), text: used },
      latin: known ? latinOf(known.id) : '',
    }
  })
  const trained = KINDS.map((kind) => ({
    label: t(`instruct.kind.${kind}`),
    choices: instructs
      .filter((option) => option.kind === kind)
      .map(
        (option): InstructChoice => ({
          key: option.id,
          label: instructName(t, option),
          text: option.text,
          latin: latinOf(option.id),
        }),
      ),
  }))
  const held = text === null ? undefined : knownInstruct(instructs, text)
  return [
    { label: t('instruct.recent'), choices: recent },
    ...(held ? [feelingGroup(t, held)] : []),
    ...trained,
  ].filter(({ choices }) => choices.length > 0)
}

/** What the person has typed to find a choice, and when last. */
export type TypeAhead = { typed: string; atMs: number }
/** After this pause typing begins anew. */
const TYPING_PAUSE_MS = 700

const beginsWith = (choice: InstructChoice, typed: string): boolean =>
  [choice.label, choice.latin].some((name) => name.toLowerCase().startsWith(typed))

/**
 * The choice that typing leads to: the next one that begins with what was typed, going around. One letter typed again and
 * again walks through all that begin with it.
 * @param index of the choice that is active now
 */
export const typeAhead = (
  choices: readonly InstructChoice[],
  index: number,
  { typed, atMs }: TypeAhead,
  letter: string,
  nowMs: number,
): { index: number; typing: TypeAhead } => {
  const all = (nowMs - atMs > TYPING_PAUSE_MS ? '' : typed) + letter.toLowerCase()
  const isRepeated = [...all].every((each) => each === all[0])
  const wanted = isRepeated ? (all[0] ?? '') : all
  // A longer word may still be the active choice's; a first letter asks for another one.
  const from = isRepeated ? index + 1 : index
  const around = [...choices.keys()].map((offset) => (from + offset) % choices.length)
  const found = around.find((at) => {
    const choice = choices[at]
    return choice !== undefined && beginsWith(choice, wanted)
  })
  return { index: found ?? index, typing: { typed: all, atMs: nowMs } }
}

const PAGE = 10

/** The choice that a key leads to from the active one; undefined for keys that move nothing. */
export const choiceAfterKey = (key: string, index: number, count: number): number | undefined => {
  const last = count - 1
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, index + 1)
    case 'ArrowUp':
      return Math.max(0, index - 1)
    case 'PageDown':
      return Math.min(last, index + PAGE)
    case 'PageUp':
      return Math.max(0, index - PAGE)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

/** What is to be said about a direction before anything is rendered; undefined where it is followed as it was trained. */
export type InstructNote = 'notHonoured' | 'notSent' | 'notWithVoice' | 'notListed' | 'unknown'

/**
 * @param text of the direction that holds, of whatever level; null where there is none
 * @param engine undefined where the project names one that is not installed
 * @param voice that is chosen; undefined where it is missing, or where lines differ
 */
export const instructNote = (
  engine: EngineCapabilities | undefined,
  voice: Voice | undefined,
  text: string | null,
): InstructNote | undefined => {
  if (!engine?.honoursInstruct) return text === null ? 'notHonoured' : 'notSent'
  if (voice && !takesInstruct(engine, voice)) return 'notWithVoice'
  if (text === null) return undefined
  if (voice && !followsInstruct(engine, voice, text)) return 'notListed'
  // Where it is known who takes what, the others take any words.
  const { instructs } = engine
  if (instructs.length === 0 || instructs.some(({ takenBy }) => takenBy)) return undefined
  return knownInstruct(instructs, text) ? undefined : 'unknown'
}
