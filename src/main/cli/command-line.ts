import type { Command } from 'commander'
import { AppCancel, AppError, toAppError } from '../../shared/kernel/index.ts'
import type { Studio } from '../studio/index.ts'
import { openCliStudio, type StudioFlags } from './open-cli-studio.ts'
import { createReporter, type Reporter } from './reporter.ts'

/** 0 done · 1 failed · 2 wrong usage · 3 done, but some lines could not be rendered · 130 interrupted */
export const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const

/** What every command takes. */
export type SharedFlags = StudioFlags & { json?: boolean }
type Run = (studio: Studio, reporter: Reporter, signal: AbortSignal) => Promise<number> | number

const language = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || 'en'
const reporterFor = (flags: Pick<SharedFlags, 'json'>): Reporter =>
  createReporter(flags.json ?? false, language, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
  })

/** An option is missing, or is another one than is wanted. */
const USAGE_CODES: readonly string[] = ['usage.invalid', 'model.licence-not-accepted']

const exitCodeOf = (error: unknown): number => {
  if (error instanceof AppCancel) return EXIT.interrupted
  const isWrongUsage = error instanceof AppError && USAGE_CODES.includes(error.code)
  return isWrongUsage ? EXIT.usage : EXIT.failed
}

/** Runs one command that needs no library, and says what became of it. */
export const withReporter = async (
  flags: Pick<SharedFlags, 'json'>,
  run: (reporter: Reporter, signal: AbortSignal) => Promise<number>,
): Promise<void> => {
  const reporter = reporterFor(flags)
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  try {
    process.exitCode = await run(reporter, interrupted.signal)
  } catch (error) {
    if (!(error instanceof AppCancel)) reporter.fail(toAppError(error))
    process.exitCode = exitCodeOf(error)
  }
}

/** Opens the library, runs one command over it, and closes it again whatever happens. */
export const withStudio = (flags: SharedFlags, run: Run): Promise<void> =>
  withReporter(flags, async (reporter, signal) => {
    await using studio = openCliStudio(flags, () => {
      const [job] = studio.queue.list().jobs.filter(({ status }) => status === 'running')
      if (!job) return
      const label = job.isLoadingEngine ? 'loading the engine' : `${job.doneLines} of ${job.totalLines} lines`
      reporter.progress('render-progress', job.doneLines, job.totalLines, label)
    })
    return await run(studio, reporter, signal)
  })

/** An option of every command. */
export const json = (command: Command): Command => command.option('--json', 'one JSON object a line instead of text')

/** Options of every command that opens the library. */
export const shared = (command: Command): Command =>
  json(command.option('--library <dir>', "folder of the library (preset: the app's own)"))
