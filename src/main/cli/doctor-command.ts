import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { freeBytes } from '../disk/index.ts'
import { checkIntegrity } from '../library/index.ts'
import type { Studio } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import type { Reporter } from './reporter.ts'

type Finding = { name: string; isGood: boolean; detail: string }

const freeSpace = async (directory: string): Promise<Finding> => {
  const free = await freeBytes(directory)
  const detail = free === undefined ? 'the disk does not say' : `${(free / 1e9).toFixed(1)} GB free`
  return { name: 'free-space', isGood: free === undefined || free > 1e9, detail }
}

const integrity = (studio: Studio): Finding => {
  const problems = checkIntegrity(studio.library.db)
  return { name: 'database', isGood: problems.length === 0, detail: problems[0] ?? 'every page is sound' }
}

const takes = async (studio: Studio): Promise<Finding> => {
  const { length: missing } = await studio.missingTakes()
  return {
    name: 'takes',
    isGood: missing === 0,
    detail: missing === 0 ? 'every take has its file' : `${missing} takes have lost their file`,
  }
}

const backups = (directory: string): Finding => {
  const folder = path.join(directory, 'backups')
  const count = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.db')).length : 0
  return { name: 'backups', isGood: true, detail: `${count} kept` }
}

/** Looks at everything the library stands on. @returns how many findings are bad */
const doctorCommand = async (studio: Studio, reporter: Reporter): Promise<number> => {
  const { directory } = studio.library
  const engines = studio.engines
    .list()
    .map(
      ({ engineId, version }): Finding => ({ name: `engine ${engineId}`, isGood: true, detail: `version ${version}` }),
    )
  const findings = [integrity(studio), await takes(studio), await freeSpace(directory), backups(directory), ...engines]
  for (const { name, isGood, detail } of findings)
    reporter.say('finding', { name, isGood, detail }, `${isGood ? '✓' : '✗'} ${name}: ${detail}`)
  return findings.filter(({ isGood }) => !isGood).length
}

/** `cosy doctor`. */
export const registerDoctor = (program: Command): void => {
  shared(program.command('doctor'))
    .description('check the library, its takes and the machine')
    .action((flags: SharedFlags) =>
      withStudio(flags, async (studio, reporter) =>
        (await doctorCommand(studio, reporter)) === 0 ? EXIT.done : EXIT.failed,
      ),
    )
}
