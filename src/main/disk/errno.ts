/** What the system calls its refusal, such as `ENOENT`; Node's own `ERR_…` too. Undefined for all other errors. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** Nothing of that name is there, nor can be: something above it is no folder. */
export const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')

/** For `catch`: stands in for what is not there; every other error goes on. */
export const ifAbsent =
  <Instead>(instead: Instead) =>
  (error: unknown): Instead => {
    if (isAbsent(error)) return instead
    throw error
  }

const FULL = ['ENOSPC', 'EDQUOT']
/**
 * ENOENT, ENOTDIR and EEXIST: the folder can neither be found nor made; Node's mkdir says so of a read-only disk, too. EFBIG:
 * FAT32 ends at 4 GiB. EBUSY, and EPERM too: Windows, another program holds the file open.
 */
const NOT_WRITABLE = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'EBUSY',
  'ENAMETOOLONG',
  'EFBIG',
]

/** Why nothing can be written; undefined for what is nobody's disk. */
export const refusalOf = (errno: string | undefined): 'full' | 'not-writable' | undefined => {
  if (errno === undefined) return undefined
  if (FULL.includes(errno)) return 'full'
  return NOT_WRITABLE.includes(errno) ? 'not-writable' : undefined
}
