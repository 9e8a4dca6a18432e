import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'

/** What the app writes down: ids, counts and codes; never script text or secrets. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>) => void

const MAX_LOG_BYTES = 2 * 1024 * 1024

const describe = (value: unknown): unknown =>
  value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack, cause: describe(value.cause) }
    : value

const formatFacts = (facts: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, describe(value)])))

/** Appends to `directory/cosy-studio.log`; the file before the last roll-over is kept beside it. */
export const createFileLog = (directory: string, now: () => Date): Log => {
  mkdirSync(directory, { recursive: true })
  const file = path.join(directory, 'cosy-studio.log')
  return (level, message, facts) => {
    if (existsSync(file) && statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.old`)
    appendFileSync(file, `${now().toISOString()} ${level} ${message}${facts ? ` ${formatFacts(facts)}` : ''}\n`)
  }
}

export const silentLog: Log = () => undefined
