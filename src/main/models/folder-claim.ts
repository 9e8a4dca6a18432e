import { randomBytes } from 'node:crypto'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, isAbsent } from './disk-errors.ts'
import { namesIn } from './durable-files.ts'

/** Tells this run of the program from an earlier one that had the same process id. */
const RUN_ID = randomBytes(6).toString('hex')
const CLAIM = /^(\d+)\.([0-9a-f]{12})$/

/**
 * Lets one job at a time work on a folder, also among processes: an empty file `<folder>.claim.<pid>.<run>` beside it says
 * who. Everybody puts down their own claim first and looks for others second; claims of processes that have ended are
 * cleared away.
 *
 * Naive: a process of another machine that shares the folder is taken for ended.
 * @throws AppError `model.busy` (retryable); what the system says
 */
export const claimFolder = async (folder: string): Promise<AsyncDisposable> => {
  const parent = path.dirname(folder)
  const prefix = `${path.basename(folder)}.claim.`
  const ownName = `${prefix}${process.pid}.${RUN_ID}`
  await mkdir(parent, { recursive: true })
  await putDown(path.join(parent, ownName), folder)
  const release = (): Promise<void> => rm(path.join(parent, ownName), { force: true })
  try {
    for (const name of await namesIn(parent)) {
      if (!name.startsWith(prefix) || name === ownName) continue
      const file = path.join(parent, name)
      if (await isHeld(name.slice(prefix.length), file)) throw busy(folder)
      await rm(file, { force: true })
    }
  } catch (error) {
    await release()
    throw error
  }
  // Left behind, it is the claim of a process that will soon have ended.
  return { [Symbol.asyncDispose]: () => release().catch(() => undefined) }
}

/** Whether a name in a folder of ours is the claim of a job. */
export const isClaim = (name: string): boolean => CLAIM.test(name.split('.claim.')[1] ?? '')

const putDown = async (file: string, folder: string): Promise<void> => {
  try {
    const handle = await open(file, 'wx')
    await handle.close()
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? busy(folder) : error
  }
}

const isHeld = async (claim: string, file: string): Promise<boolean> => {
  const [, pid, runId] = CLAIM.exec(claim) ?? []
  if (pid === undefined) return false
  if (Number(pid) === process.pid) return runId === RUN_ID
  return isRunning(Number(pid)) && !(await isOlderThanBoot(file))
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return errnoOf(error) === 'EPERM'
  }
}

/** Whoever has its process id now is somebody else. */
const isOlderThanBoot = async (file: string): Promise<boolean> => {
  try {
    return (await stat(file)).mtimeMs < Date.now() - uptime() * 1000
  } catch (error) {
    if (isAbsent(error)) return true
    throw error
  }
}

const busy = (folder: string): AppError =>
  new AppError('model.busy', { params: { folder }, remedies: ['try-again'], retryable: true })
