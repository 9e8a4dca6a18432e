import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aProject, aVoice, countingMint } from '../../../test/support/a-project.ts'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../test/support/test-disk.ts'
import { AppError, type AppErrorCode } from '../../shared/kernel/index.ts'
import { recordsOfProject } from '../../shared/project/index.ts'
import { execute, openWritable, readPragma } from './db.ts'
import {
  checkIntegrity,
  createProject,
  editProject,
  type Library,
  listProjects,
  loadProject,
  openLibrary,
  restoreNewestBackup,
} from './index.ts'
import { MIGRATIONS, type Migration } from './migrations/index.ts'
import { listVoiceTwins } from './voice-twins.ts'
import { putVoices } from './voices.ts'

const surroundings = { nowEpochMs: () => 1_700_000_000_000, mint: countingMint() }
const open = (directory: string, migrations?: readonly Migration[]): Library =>
  openLibrary({ directory, ...surroundings }, migrations)
const errorOf = (action: () => unknown): AppError => {
  try {
    action()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
const expectRefused = (action: () => unknown, code: AppErrorCode, remedies: string[]): AppError => {
  const error = errorOf(action)
  expect({ code: error.code, remedies: error.remedies }).toEqual({ code, remedies })
  return error
}
const fileOf = (directory: string): string => path.join(directory, 'library.db')
const nextVersion: Migration = {
  version: MIGRATIONS.length + 1,
  name: 'one more column',
  up: (db) => execute(db, 'ALTER TABLE voice ADD COLUMN later TEXT'),
}

test('a new library is made where there is no folder yet, and is empty', () => {
  using folder = temporaryFolder()
  const directory = path.join(folder.directory, 'deep', 'library')
  using library = open(directory)
  expect(listProjects(library.db)).toEqual([])
  expect(readPragma(library.db, 'journal_mode')).toBe('wal')
  expect(readPragma(library.db, 'foreign_keys')).toBe(1)
  expect(checkIntegrity(library.db)).toEqual([])
  expect(readdirSync(directory)).not.toContain('backups')
})

test('what was written is there after closing and opening', () => {
  using folder = temporaryFolder()
  const project = aProject({ lines: 5 })
  {
    using library = open(folder.directory)
    createProject(library.db, recordsOfProject(project))
  }
  using library = open(folder.directory)
  expect(loadProject(library.db, project.settings.projectId).records).toHaveLength(9)
})

test('a library that is open cannot be opened again by the same process', () => {
  using folder = temporaryFolder()
  {
    using _library = open(folder.directory)
    expectRefused(() => open(folder.directory), 'library.locked', ['close-other-app'])
  }
  open(folder.directory).close()
})

test('a library is locked while another process has it, and free once that process was killed', async () => {
  using folder = temporaryFolder()
  const entry = path.resolve(import.meta.dirname, '../../../test/support/hold-library.ts')
  const holder = fork(entry, [folder.directory], { execArgv: [] })
  try {
    await once(holder, 'message')
    expectRefused(() => open(folder.directory), 'library.locked', ['close-other-app'])
  } finally {
    holder.kill('SIGKILL')
  }
  await once(holder, 'exit')
  using library = open(folder.directory)
  expect(listProjects(library.db)).toEqual([])
})

test('a damaged lock file locks nobody out', () => {
  using folder = temporaryFolder()
  writeFileSync(path.join(folder.directory, 'lock.db'), 'this is no database '.repeat(100))
  open(folder.directory).close()
  open(folder.directory).close()
})

test('copies of voices from before they knew their language are as their voices are', () => {
  using folder = temporaryFolder()
  const voice = { ...aVoice('low'), language: 'yue' }
  {
    using older = open(folder.directory, MIGRATIONS.slice(0, 2))
    putVoices(older.db, [voice])
    execute(
      older.db,
      `INSERT INTO remote_engine VALUES ('far-a', '{}', 0);
       INSERT INTO voice_twin VALUES ('${voice.voiceId}', 'member_a', 'far-a', 'copy-1', 'ready', NULL, '${'a'.repeat(64)}', '你好', 1, 2);`,
    )
  }
  using library = open(folder.directory)
  expect(listVoiceTwins(library.db)).toMatchObject([
    { remoteVoice: 'copy-1', language: voice.language, checkedAtEpochMs: 2 },
  ])
})

test('an older library is copied to backups before it is migrated, and only the newest copies are kept', () => {
  using folder = temporaryFolder()
  const project = aProject({ lines: 3 })
  {
    using library = open(folder.directory)
    createProject(library.db, recordsOfProject(project))
  }
  const laterVersions = Array.from(
    { length: 7 },
    (_, index): Migration => ({
      version: MIGRATIONS.length + 1 + index,
      name: `column ${index}`,
      up: (db) => execute(db, `ALTER TABLE voice ADD COLUMN later_${index} TEXT`),
    }),
  )
  for (let count = 1; count <= laterVersions.length; count++) {
    using library = openLibrary(
      { directory: folder.directory, ...surroundings, nowEpochMs: () => 1_700_000_000_000 + count * 1_000 },
      [...MIGRATIONS, ...laterVersions.slice(0, count)],
    )
    expect(readPragma(library.db, 'user_version')).toBe(MIGRATIONS.length + count)
    expect(loadProject(library.db, project.settings.projectId).records).toHaveLength(7)
  }
  const backups = readdirSync(path.join(folder.directory, 'backups')).sort()
  expect(backups).toHaveLength(5)
  expect(backups.map((name) => /v\d+\.db$/.exec(name)?.[0])).toEqual(
    [2, 3, 4, 5, 6].map((later) => `v${MIGRATIONS.length + later}.db`),
  )

  using restored = temporaryFolder()
  writeFileSync(fileOf(restored.directory), readFileSync(path.join(folder.directory, 'backups', backups.at(-1) ?? '')))
  using library = open(restored.directory, [...MIGRATIONS, ...laterVersions])
  expect(loadProject(library.db, project.settings.projectId).records).toHaveLength(7)
})

test('a migration that fails leaves the library as it was, and its lock free', () => {
  using folder = temporaryFolder()
  open(folder.directory).close()
  const failing: Migration = {
    version: MIGRATIONS.length + 1,
    name: 'fails half way',
    up: (db) => {
      execute(db, 'ALTER TABLE voice ADD COLUMN half TEXT')
      throw new Error('half way')
    },
  }
  expect(() => open(folder.directory, [...MIGRATIONS, failing])).toThrow('half way')
  using library = open(folder.directory)
  expect(readPragma(library.db, 'user_version')).toBe(MIGRATIONS.length)
  expect(() => execute(library.db, 'SELECT half FROM voice')).toThrow('no such column')
})

test('a newer library is refused and left untouched', () => {
  using folder = temporaryFolder()
  open(folder.directory, [...MIGRATIONS, nextVersion]).close()
  const before = readFileSync(fileOf(folder.directory))
  const error = expectRefused(() => open(folder.directory), 'library.newer-than-app', ['update-app'])
  expect(error.params).toMatchObject({ libraryVersion: MIGRATIONS.length + 1, appVersion: MIGRATIONS.length })
  expect(readFileSync(fileOf(folder.directory)).equals(before)).toBe(true)
})

test('a file that is no database is named as damaged and left untouched', () => {
  using folder = temporaryFolder()
  const rubbish = Buffer.from('these are the words of something else '.repeat(500))
  writeFileSync(fileOf(folder.directory), rubbish)
  const error = expectRefused(() => open(folder.directory), 'library.corrupt', ['restore-backup', 'report'])
  expect(error.params).toEqual({ file: fileOf(folder.directory), backupCount: 0, newestBackup: '' })
  expect(readFileSync(fileOf(folder.directory)).equals(rubbish)).toBe(true)
  rubbishIsReportedAgain(folder.directory)
})
const rubbishIsReportedAgain = (directory: string): void => {
  expectRefused(() => open(directory), 'library.corrupt', ['restore-backup', 'report'])
}

test('a library cut off in the middle, or with a page overwritten, is named as damaged, with its backups', () => {
  using folder = temporaryFolder()
  {
    using library = open(folder.directory)
    createProject(library.db, recordsOfProject(aProject({ lines: 400 })))
  }
  open(folder.directory, [...MIGRATIONS, nextVersion]).close()
  const whole = readFileSync(fileOf(folder.directory))
  const reopen = () => open(folder.directory, [...MIGRATIONS, nextVersion])

  truncateSync(fileOf(folder.directory), Math.floor(whole.length / 2 / 4096) * 4096)
  const cut = readFileSync(fileOf(folder.directory))
  const error = expectRefused(reopen, 'library.corrupt', ['restore-backup', 'report'])
  expect(error.params.backupCount).toBe(1)
  expect(error.params.newestBackup).toMatch(new RegExp(`^library-.*-v${MIGRATIONS.length}\\.db$`))
  expect(readFileSync(fileOf(folder.directory)).equals(cut)).toBe(true)

  const scribbled = Buffer.from(whole)
  scribbled.fill(0xee, 4096, 2 * 4096)
  writeFileSync(fileOf(folder.directory), scribbled)
  expectRefused(reopen, 'library.corrupt', ['restore-backup', 'report'])
  expect(readFileSync(fileOf(folder.directory)).equals(scribbled)).toBe(true)
})

test('damage deep inside is found by the full check, and named when it is met', () => {
  using folder = temporaryFolder()
  const project = aProject({ lines: 4_000 })
  {
    using library = open(folder.directory)
    createProject(library.db, recordsOfProject(project))
  }
  open(folder.directory).close()
  scribbleOverLines(folder.directory)
  using library = open(folder.directory)
  expect(checkIntegrity(library.db).length).toBeGreaterThan(0)
  const [line] = [...project.lines.values()].slice(-1)
  const edit = { put: line ? [{ ...line, text: 'changed' }] : [], remove: [] }
  const touch = () => {
    loadProject(library.db, project.settings.projectId)
    editProject(library.db, { projectId: project.settings.projectId, edit, label: 'x', coalesceKey: null })
  }
  expectRefused(touch, 'library.corrupt', ['restore-backup', 'report'])
})

/** The pages in the last third are leaves of the tables and indexes of lines. */
const scribbleOverLines = (directory: string): void => {
  const whole = readFileSync(fileOf(directory))
  whole.fill(0xee, Math.floor((whole.length * 0.7) / 4096) * 4096, whole.length)
  writeFileSync(fileOf(directory), whole)
}

test('once a day the library is looked through and copied; damage found then is named, and the copy can be restored', () => {
  using folder = temporaryFolder()
  const project = aProject({ lines: 4_000 })
  const openAt = (days: number): Library =>
    openLibrary({
      directory: folder.directory,
      ...surroundings,
      nowEpochMs: () => 1_700_000_000_000 + days * 86_400_000,
    })
  const backups = (): string[] => readdirSync(path.join(folder.directory, 'backups'))
  {
    using library = openAt(0)
    createProject(library.db, recordsOfProject(project))
  }
  openAt(0.1).close()
  openAt(1).close()
  expect(backups()).toHaveLength(1)
  openAt(1.2).close()
  expect(backups()).toHaveLength(2)
  scribbleOverLines(folder.directory)
  expectRefused(() => openAt(2.3), 'library.corrupt', ['restore-backup', 'report'])
  expect(backups()).toHaveLength(2)

  expect(restoreNewestBackup(folder.directory)).toBe(backups().sort().at(-1))
  using library = openAt(2.3)
  expect(checkIntegrity(library.db)).toEqual([])
  expect(loadProject(library.db, project.settings.projectId).records).toHaveLength(4_004)
  expect(readdirSync(folder.directory)).toContain('library.damaged-1.db')
})

test('without a backup there is nothing to restore', () => {
  using folder = temporaryFolder()
  writeFileSync(fileOf(folder.directory), 'rubbish')
  expect(errorOf(() => restoreNewestBackup(folder.directory)).code).toBe('library.corrupt')
  expect(readFileSync(fileOf(folder.directory), 'utf8')).toBe('rubbish')
})

test('a folder that cannot be written, or cannot be made, is named', async () => {
  using folder = temporaryFolder()
  open(folder.directory).close()
  await withoutWriting(folder, () => {
    const remedies = ['check-permissions', 'choose-another-folder']
    expectRefused(() => open(folder.directory), 'library.not-writable', remedies)
    expectRefused(() => open(path.join(folder.directory, 'new')), 'library.not-writable', remedies)
  })
  writeFileSync(path.join(folder.directory, 'file'), '')
  expect(errorOf(() => open(path.join(folder.directory, 'file', 'library'))).code).toBe('library.not-writable')
  open(folder.directory).close()
})

test('a full disk is named, what was written before stays, and writing goes on once there is room', (context) => {
  const reason = noTestDiskReason()
  if (reason) return context.skip(reason)
  using disk = smallDisk(2_048)
  const project = aProject({ lines: 1 })
  const { projectId } = project.settings
  const [line] = [...project.lines.values()]
  const write = (library: Library, count: number) => {
    const put = line ? [{ ...line, text: `${count} ${'words '.repeat(600)}` }] : []
    editProject(library.db, { projectId, edit: { put, remove: [] }, label: 'x', coalesceKey: null })
  }
  const revisionOf = (library: Library): number => loadProject(library.db, projectId).history.revision
  let written = 0
  {
    using library = open(disk.directory)
    createProject(library.db, recordsOfProject(project))
    const error = errorOf(() => {
      for (;;) {
        write(library, written)
        written++
      }
    })
    expect({ code: error.code, reason: error.params.reason, remedies: error.remedies }).toEqual({
      code: 'library.not-writable',
      reason: 'disk-full',
      remedies: ['free-disk-space', 'try-again'],
    })
    expect(written).toBeGreaterThan(20)
    expect(revisionOf(library)).toBe(written)
    disk.resize(8_192)
    write(library, written)
  }
  using library = open(disk.directory)
  expect(revisionOf(library)).toBe(written + 1)
  expect(checkIntegrity(library.db)).toEqual([])
})

test('a slow statement is written to the log by name', () => {
  using folder = temporaryFolder()
  const logged: unknown[] = []
  const db = openWritable(path.join(folder.directory, 'x.db'), {
    ...surroundings,
    log: (_level, message, facts) => logged.push([message, facts?.statement]),
  })
  db.timed('quick', () => undefined)
  const untilMs = performance.now() + 45
  db.timed('slow', () => {
    while (performance.now() < untilMs);
  })
  expect(logged).toEqual([['slow statement', 'slow']])
  db[Symbol.dispose]()
})
