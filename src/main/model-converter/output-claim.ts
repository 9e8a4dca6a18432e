import { randomBytes } from 'node:crypto'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf } from './disk-errors.ts'

/** Tells this run of the program from an earlier one that had the same process id. */
const RUN_ID = randomBytes(6).toString('hex')

type Claim = { pid: number; runId: string }

/**
 * Lets one converter at a time work on `<out>.partial`: an empty file `<out>.partial.<pid>.<run>` beside it says who.
 * Everybody puts down their own claim first and looks for others second, so of two the later always sees the earlier; two
 * of the same moment may both step back. Claims of processes that have ended are cleared away.
 *
 * Naive: a process of another machine or container that shares the folder is taken for ended.
 * @throws AppError `model.busy` (retryable) while another converter is at work; what the system says
 */
export const claimOutput = async (outDirectory: string): Promise<AsyncDisposable> => {
  const folder = path.dirname(outDirectory)
  const prefix = `${path.basename(outDirectory)}.partial.`
  const own = path.join(folder, `${prefix}${process.pid}.${RUN_ID}`)
  await putDown(own, outDirectory)
  const release = (): Promise<void> => rm(own, { force: true })
  try {
    for (const name of await readdir(folder)) {
      const claim = claimNamed(name, prefix)
      const file = path.join(folder, name)
      if (claim === undefined || file === own) continue
      if (await isHeld(claim, file)) throw inUse(outDirectory)
      await rm(file, { force: true })
    }
  } catch (error) {
    await release()
    throw error
  }
  // Left behind, it is the claim of a process that will soon have ended; why the disk refuses has been heard of already.
  return { [Symbol.asyncDispose]: () => release().catch(() => undefined) }
}

const putDown = async (file: string, outDirectory: string): Promise<void> => {
  try {
    const handle = await open(file, 'wx')
    await handle.close()
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? inUse(outDirectory) : error
  }
}

const claimNamed = (name: string, prefix: string): Claim | undefined => {
  const [, pid, runId] = name.startsWith(prefix)
    ? (/^(\d+)\.([0-9a-f]{12})$/.exec(name.slice(prefix.length)) ?? [])
    : []
  return pid === undefined || runId === undefined ? undefined : { pid: Number(pid), runId }
}

const isHeld = async ({ pid, runId }: Claim, file: string): Promise<boolean> => {
  if (pid === process.pid) return runId === RUN_ID
  return isRunning(pid) && !(await isOlderThanBoot(file))
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return errnoOf(error) === 'EPERM'
  }
}

/** Whoever has its process id now is somebody else. A claim that just vanished is not held either. */
const isOlderThanBoot = async (file: string): Promise<boolean> => {
  const bootEpochMs = Date.now() - uptime() * 1000
  try {
    return (await stat(file)).mtimeMs < bootEpochMs
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true
    throw error
  }
}

const inUse = (outDirectory: string): AppError =>
  new AppError('model.busy', { params: { folder: outDirectory }, remedies: ['try-again'], retryable: true })
