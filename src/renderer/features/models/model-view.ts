import type { MessageKey, Translator } from '../../../shared/i18n/index.ts'
import type {
  AvailableModelView,
  InstalledModelView,
  MirrorChoiceInput,
  ModelPrecision,
} from '../../../shared/model/index.ts'
import { type ModelTask, measurePace } from '../../state/index.ts'

export const MODEL_PRECISIONS: readonly ModelPrecision[] = ['cpu', 'gpu', 'fp32']

const NO_BREAK_SPACE = '\u00a0'

/** `5.1 GB`, `340 MB`: decimal, as disks and networks are sold. */
export const formatSize = (language: string, sizeBytes: number): string => {
  const [unit, perUnit, digits] =
    sizeBytes < 0.9995e9 ? (['megabyte', 1e6, 0] as const) : (['gigabyte', 1e9, 1] as const)
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  // A number and its unit stay on one line.
  return format.format(sizeBytes / perUnit).replace(' ', NO_BREAK_SPACE)
}

export const formatLanguages = (interfaceLanguage: string, languages: readonly string[]): string => {
  const names = new Intl.DisplayNames(interfaceLanguage, { type: 'language', fallback: 'code' })
  return new Intl.ListFormat(interfaceLanguage, { type: 'conjunction' }).format(
    languages.map((tag) => names.of(tag) ?? tag),
  )
}

/** Time left in as few words as it is known: to five seconds, to minutes, to half hours. */
export const timeLeft = (remainingSec: number): { unit: 'seconds' | 'minutes' | 'hours'; count: number } => {
  if (remainingSec < 57.5) return { unit: 'seconds', count: Math.max(5, Math.ceil(remainingSec / 5) * 5) }
  if (remainingSec < 90 * 60) return { unit: 'minutes', count: Math.round(remainingSec / 60) }
  return { unit: 'hours', count: Math.round(remainingSec / 1800) / 2 }
}

const TIME_LEFT_KEYS = {
  seconds: 'model.left.seconds',
  minutes: 'model.left.minutes',
  hours: 'model.left.hours',
} as const satisfies Record<ReturnType<typeof timeLeft>['unit'], MessageKey>

/** Less than this without a byte is how networks are. */
const LONG_SILENCE_SEC = 10

export type ProgressWords = {
  /** What is being done, e.g. "Downloading". */
  stage: string
  /** How much of it, e.g. "1.2 GB of 5.1 GB"; null before the first report. */
  amount: string | null
  speed: string | null
  /** Time left of the stage, or how long nothing has come. */
  left: string | null
}

/** How far a task is, in words; speed and time left only as far as they were measured. */
export const progressWords = (
  { t, language }: Translator,
  { progress, pace, status }: Pick<ModelTask, 'progress' | 'pace' | 'status'>,
  nowMs: number,
): ProgressWords => {
  if (status === 'stopping') return { stage: t('model.stage.stopping'), amount: null, speed: null, left: null }
  if (!progress || !pace) return { stage: t('model.stage.waiting'), amount: null, speed: null, left: null }
  const { stage, doneBytes, totalBytes } = progress
  const amount = t('model.amount', { done: formatSize(language, doneBytes), total: formatSize(language, totalBytes) })
  const { bytesPerSec, remainingSec, silentSec } = measurePace(pace, nowMs)
  const isSilent = stage === 'download' && silentSec >= LONG_SILENCE_SEC
  const left = remainingSec === null ? undefined : timeLeft(remainingSec)
  return {
    stage: t(`model.stage.${stage}`),
    amount,
    speed:
      bytesPerSec !== null && bytesPerSec > 0 && !isSilent
        ? t('model.speed', { size: formatSize(language, bytesPerSec) })
        : null,
    left: isSilent
      ? t('model.silent', { seconds: Math.floor(silentSec) })
      : left && doneBytes < totalBytes
        ? t(TIME_LEFT_KEYS[left.unit], { count: left.count })
        : null,
  }
}

/** What an installation still needs on the disk, and how much of that is not free. */
export const roomFor = (
  { neededBytes, downloadedBytes }: Pick<AvailableModelView, 'neededBytes' | 'downloadedBytes'>,
  precision: ModelPrecision,
  freeBytes: number | null,
): { neededBytes: number; shortBytes: number } => {
  const stillBytes = Math.max(0, neededBytes[precision] - downloadedBytes)
  return { neededBytes: stillBytes, shortBytes: freeBytes === null ? 0 : Math.max(0, stillBytes - freeBytes) }
}

/** Precisions of a model that are installed and whole; of one that is used as it is downloaded all or none. */
export const installedPrecisions = (
  { catalogueId, isConverted }: Pick<AvailableModelView, 'catalogueId' | 'isConverted'>,
  installed: readonly InstalledModelView[],
): readonly ModelPrecision[] => {
  const whole = installed.filter((model) => model.catalogueId === catalogueId && model.problem === null)
  if (!isConverted) return whole.some(({ layout }) => layout !== 'bundle') ? MODEL_PRECISIONS : []
  return MODEL_PRECISIONS.filter((precision) => whole.some((model) => model.precision === precision))
}

/** Whether work that runs is about a model of the catalogue, or about an installed one: then nothing else may be. */
export const isAtWork = (
  tasks: readonly ModelTask[],
  { catalogueId, id }: { catalogueId: string | null; id?: string },
  installed: readonly InstalledModelView[],
): boolean =>
  tasks.some(({ order, status }) => {
    if (!order || status === 'failed') return false
    if (order.channel === 'model.import') return false
    if (order.channel === 'model.install') return order.input.catalogueId === catalogueId
    const subject = order.input.id
    const ofCatalogue = installed.find((model) => model.id === subject)?.catalogueId ?? null
    return subject === id || (catalogueId !== null && ofCatalogue === catalogueId)
  })

/** @returns why an address cannot be downloaded from; null where it can */
export const addressProblem = (address: string): MessageKey | null => {
  if (address.trim() === '') return 'model.mirror.address.empty'
  if (!/^https?:\/\/[^/]/.test(address) || !URL.canParse(address)) return 'model.mirror.address.invalid'
  const { username, password } = new URL(address)
  return username === '' && password === '' ? null : 'model.mirror.address.user'
}

type Mirror = AvailableModelView['mirrors'][number]

/** Who is asked for the files, in that order: main tries the others where the first has them not. */
export const mirrorOrder = (
  mirrors: AvailableModelView['mirrors'],
  choice: MirrorChoiceInput,
): readonly [first: Mirror, ...others: Mirror[]] => {
  const chosen =
    choice === null ? undefined : 'id' in choice ? mirrors.find(({ id }) => id === choice.id) : mirrorAt(choice.baseUrl)
  const [first = mirrorAt(''), ...others] =
    chosen === undefined ? mirrors : [chosen, ...mirrors.filter(({ name }) => name !== chosen.name)]
  return [first, ...others]
}

/** An address of one's own; no host while it is none. */
const mirrorAt = (address: string): Mirror => {
  const host = URL.canParse(address) ? new URL(address).host : ''
  return { id: address, name: host || address, host }
}
