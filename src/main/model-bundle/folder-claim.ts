import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, isAbsent } from '../disk/index.ts'

/** Tells this run of the program from an earlier one that had the same process id. */
const RUN_ID = randomBytes(6).toString('hex')
const CLAIM = /^(.+)\.claim\.(\d+)\.([0-9a-f]{12})$/

type Claim = { readonly folderName: string; readonly pid: number; readonly runId: string }

/**
 * Lets one job at a time work on a folder, also among processes: an empty file `<folder>.claim.<pid>.<run>` beside it says
 * who. Everybody puts down their own claim first and looks for others second, so of two the later always sees the earlier;
 * two of the same moment may both step back. Claims of processes that have ended are cleared away.
 *
 * Naive: a process of another machine or container that shares the folder is taken for ended.
 * @param folder need not exist; its parent is made
 * @throws AppError `model.busy` (retryable) while another job is at work; what the system says
 */
export const claimFolder = async (folder: string): Promise<AsyncDisposable> => {
  const parent = path.dirname(folder)
  const folderName = path.basename(folder)
  const ownName = `${folderName}.claim.${process.pid}.${RUN_ID}`
  await mkdir(parent, { recursive: true })
  await putDown(path.join(parent, ownName), folder)
  const release = (): Promise<void> => rm(path.join(parent, ownName), { force: true })
  try {
    for (const name of await readdir(parent)) {
      const claim = claimNamed(name)
      if (claim?.folderName !== folderName || name === ownName) continue
      const file = path.join(parent, name)
      if (await isHeld(claim, file)) throw busy(folder)
      await rm(file, { force: true })
    }
  } catch (error) {
    await release()
    throw error
  }
  // Left behind, it is the claim of a process that will soon have ended; why the disk refuses has been heard of already.
  return { [Symbol.asyncDispose]: () => release().catch(() => undefined) }
}

/** The name of the folder that a file of that name claims; undefined where it is no claim. */
export const claimedFolderName = (name: string): string | undefined => claimNamed(name)?.folderName

const claimNamed = (name: string): Claim | undefined => {
  const [, folderName, pid, runId] = CLAIM.exec(name) ?? []
  return folderName === undefined || runId === undefined ? undefined : { folderName, pid: Number(pid), runId }
}

const putDown = async (file: string, folder: string): Promise<void> => {
  try {
    const handle = await open(file, 'wx')
    await handle.close()
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? busy(folder) : error
  }
}

const isHeld = async ({ pid, runId }: Claim, file: string): Promise<boolean> => {
  if (pid === process.pid) return runId === RUN_ID
  return isRunning(pid) && !(await isZombie(pid)) && !(await isOlderThanBoot(file))
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * A process that has ended, but whose parent has not asked how. In containers the first process may never ask, and orphans
 * keep their ids.
 * @source proc_pid_stat(5): the state follows the name, which is in brackets and may hold any character
 */
const isZombie = async (pid: number): Promise<boolean> => {
  if (process.platform !== 'linux') return false
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'latin1')
    return /^ [ZX]/.test(status.slice(status.lastIndexOf(')') + 1))
  } catch (error) {
    // Others' processes may be hidden. ESRCH: it went while it was looked at.
    if (isAbsent(error) || ['EACCES', 'EPERM', 'ESRCH'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** Whoever has its process id now is somebody else. A claim that just vanished is not held either. */
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
