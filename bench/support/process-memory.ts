import { readFileSync, writeFileSync } from 'node:fs'

/** What a process has in memory, in MiB. */
export type ProcessMemory = {
  readonly rssMb: number
  /** Since the process began, or since `forgetPeakMemory`. */
  readonly peakRssMb: number
  /** Of the resident memory, what is not pages of files, which the system may take back at any time. Linux tells. */
  readonly anonymousMb?: number
  /** JavaScript's own, and the numbers that its arrays hold. */
  readonly heapMb: number
  readonly arraysMb: number
}

const MIB = 2 ** 20

/** Linux counts each program by itself; elsewhere the peak of a child may be that of the process that started it. */
const statusOf = (): ((field: string) => number | undefined) => {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : ''
  return (field) => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return found === undefined ? undefined : Number(found) / 1024
  }
}

/** Of this process, now. */
export const processMemory = (): ProcessMemory => {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const read = statusOf()
  const anonymousMb = read('RssAnon')
  return {
    rssMb: rss / MIB,
    peakRssMb: read('VmHWM') ?? process.resourceUsage().maxRSS / 1024,
    ...(anonymousMb !== undefined && { anonymousMb }),
    heapMb: heapUsed / MIB,
    arraysMb: arrayBuffers / MIB,
  }
}

/** From here on the peak is that of what follows; on Linux alone, elsewhere it stays that of the whole process. */
export const forgetPeakMemory = (): void => {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
}
