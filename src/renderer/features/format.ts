import type { Translator } from '../../shared/i18n/index.ts'

/** `3.2 s` */
export const formatSeconds = (t: Translator['t'], durationSec: number): string =>
  t('format.seconds', { seconds: durationSec })

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** Clock form of a position or length: `4:12` or `1:04:12`. */
export const formatClock = (durationSec: number): string => {
  const whole = Math.floor(durationSec)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = `${hours > 0 ? twoDigits(minutes) : minutes}:${twoDigits(whole % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

/** Clock form with milliseconds, for the transport: `04:12.680`. */
export const formatPosition = (positionSec: number): string => {
  const milliseconds = Math.floor((positionSec % 1) * 1000)
  const whole = Math.floor(positionSec)
  const hours = Math.floor(whole / 3600)
  const clock = `${twoDigits(Math.floor((whole % 3600) / 60))}:${twoDigits(whole % 60)}`
  return `${hours > 0 ? `${hours}:` : ''}${clock}.${String(milliseconds).padStart(3, '0')}`
}
