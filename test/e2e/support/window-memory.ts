import { readdirSync, readFileSync } from 'node:fs'
import type { ElectronApplication, Page } from 'playwright/test'

const statusOf = (pid: string): { parent: string; commandLine: string } | undefined => {
  try {
    const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
    return { parent, commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }
  } catch {
    // Processes come and go while the list is read.
    return undefined
  }
}

/** What the kernel counts for a process: its own pages, and its share of those it has in common with others. */
const proportionalMb = (pid: string): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1000

/**
 * Memory of the window's renderer process after a collection: on Linux the whole process as the kernel counts it,
 * elsewhere the script's heap, which is the part that grows with the project.
 */
export const windowMemoryMb = async (app: ElectronApplication, page: Page): Promise<number> => {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  if (process.platform !== 'linux') return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6
  const processes = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const status = statusOf(pid)
        return status ? [[pid, status] as const] : []
      }),
  )
  const belongsToApp = (pid: string): boolean => {
    for (let at: string | undefined = pid; at; at = processes.get(at)?.parent)
      if (at === String(app.process().pid)) return true
    return false
  }
  const renderers = [...processes].filter(
    ([pid, { commandLine }]) => commandLine.includes('--type=renderer') && belongsToApp(pid),
  )
  return Math.max(...renderers.map(([pid]) => proportionalMb(pid)))
}
