import { firstSchema } from './0001-first-schema.ts'
import { remoteEngines } from './0002-remote-engines.ts'
import { twinLanguages } from './0003-twin-languages.ts'
import { spokenWords } from './0004-spoken-words.ts'
import { memberPaces } from './0005-member-paces.ts'
import type { Migration } from './migration.ts'

export type { Migration } from './migration.ts'

/** In order; version n is at index n - 1. */
export const MIGRATIONS: readonly Migration[] = [firstSchema, remoteEngines, twinLanguages, spokenWords, memberPaces]
