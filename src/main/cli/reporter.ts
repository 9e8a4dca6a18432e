import { createTranslator, errorTexts, languageFor } from '../../shared/i18n/index.ts'
import { type AppError, REMEDIES } from '../../shared/kernel/index.ts'

/** Where the command line says what happens: for people on a terminal, or as one JSON object a line. */
export type Reporter = {
  /** A finished fact. @param text what people read */
  say(event: string, facts: Readonly<Record<string, unknown>>, text: string): void
  /** Something that moves; people see a bar on a terminal, and nothing in a pipe. */
  progress(event: string, done: number, total: number, label: string): void
  fail(error: AppError): void
}

type Streams = { out: (text: string) => void; err: (text: string) => void; isTerminal: boolean; columns: number }

const BAR_WIDTH = 24

const bar = (done: number, total: number): string => {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}

export const createReporter = (isJson: boolean, language: string, streams: Streams): Reporter => {
  const translator = createTranslator(languageFor(language))
  let hasBar = false
  const clearBar = (): void => {
    if (hasBar) streams.err('\r\x1b[K')
    hasBar = false
  }
  if (isJson) {
    const line = (object: object): void => streams.out(`${JSON.stringify(object)}\n`)
    return {
      say: (event, facts) => line({ event, ...facts }),
      progress: (event, done, total) => line({ event, done, total }),
      fail: (error) => line({ event: 'error', ...error.toData(), ...errorTexts(translator, error) }),
    }
  }
  return {
    say: (_event, _facts, text) => {
      clearBar()
      streams.out(`${text}\n`)
    },
    progress: (_event, done, total, label) => {
      if (!streams.isTerminal) return
      const text = `${bar(done, total)} ${Math.floor((100 * done) / Math.max(1, total))} %  ${label}`
      streams.err(`\r\x1b[K${text.slice(0, streams.columns - 1)}`)
      hasBar = true
    },
    fail: (error) => {
      clearBar()
      const { what, why } = errorTexts(translator, error)
      streams.err(`${what}\n  ${why}\n`)
      for (const remedy of REMEDIES)
        if (error.remedies.includes(remedy)) streams.err(`  → ${translator.t(`remedy.${remedy}.label`)}\n`)
    },
  }
}
