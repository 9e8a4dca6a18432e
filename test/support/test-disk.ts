import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export type TestFolder = Disposable & { readonly directory: string }

/** An empty folder, gone at the end of the scope. */
export const temporaryFolder = (): TestFolder => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cosy-test-'))
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Why a disk of a given size cannot be made here; undefined where it can. On CI it always must. */
export const noTestDiskReason = (): string | undefined => {
  if (process.platform === 'linux' && process.getuid?.() === 0) return undefined
  if (process.platform === 'linux' && process.env.CI)
    throw new Error('CI runs these tests as root, to mount small disks')
  return 'mounting a small disk needs Linux and root'
}

const run = (command: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

/** A real file system of its own, that small. */
export const smallDisk = (sizeKiB: number): TestFolder & { resize(sizeKiB: number): void } => {
  const folder = temporaryFolder()
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', folder.directory)
  return {
    directory: folder.directory,
    resize: (toKiB) => run('mount', '-o', `remount,size=${toKiB}k`, folder.directory),
    [Symbol.dispose]: () => {
      run('umount', '--lazy', folder.directory)
      folder[Symbol.dispose]()
    },
  }
}

/** Takes the right to write away for a while, also from root. */
export const withoutWriting = async (folder: TestFolder, body: () => void | Promise<void>): Promise<void> => {
  if (noTestDiskReason() === undefined) {
    run('mount', '--bind', folder.directory, folder.directory)
    run('mount', '-o', 'remount,bind,ro', folder.directory)
    try {
      await body()
    } finally {
      run('umount', '--lazy', folder.directory)
    }
    return
  }
  chmodSync(folder.directory, 0o555)
  try {
    await body()
  } finally {
    chmodSync(folder.directory, 0o755)
  }
}
