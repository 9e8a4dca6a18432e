import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { claimedFolderName, claimFolder } from './folder-claim.ts'

const OTHER_RUN = '0123456789ab'

test('a folder is claimed by one, until it is let go', async () => {
  using folder = temporaryFolder()
  const work = path.join(folder.directory, 'work')
  {
    await using _claim = await claimFolder(work)
    expect(readdirSync(folder.directory).map(claimedFolderName)).toEqual(['work'])
    await expect(claimFolder(work)).rejects.toMatchObject({
      code: 'model.busy',
      params: { folder: work },
      remedies: ['try-again'],
      retryable: true,
    })
    for (const other of ['work-2', 'work.partial', 'work.claim']) {
      await using _other = await claimFolder(path.join(folder.directory, other))
    }
  }
  expect(readdirSync(folder.directory)).toEqual([])
  await using _again = await claimFolder(work)
})

test('a folder may be claimed before there is a place for it', async () => {
  using folder = temporaryFolder()
  await using _claim = await claimFolder(path.join(folder.directory, 'a', 'b', 'work'))
  expect(readdirSync(path.join(folder.directory, 'a', 'b')).map(claimedFolderName)).toEqual(['work'])
})

test('a claim of a process that runs holds', async () => {
  using folder = temporaryFolder()
  writeFileSync(path.join(folder.directory, `work.claim.${process.ppid}.${OTHER_RUN}`), '')
  await expect(claimFolder(path.join(folder.directory, 'work'))).rejects.toMatchObject({ code: 'model.busy' })
  expect(readdirSync(folder.directory)).toEqual([`work.claim.${process.ppid}.${OTHER_RUN}`])
})

test.each([
  ['an earlier run of this process id', process.pid, Date.now()],
  ['a process that has ended', 2 ** 30, Date.now()],
  ['a process from before the machine was started', process.ppid, 0],
])('a claim of %s is cleared away', async (_whose, pid, atEpochMs) => {
  using folder = temporaryFolder()
  const left = path.join(folder.directory, `work.claim.${pid}.${OTHER_RUN}`)
  writeFileSync(left, '')
  utimesSync(left, atEpochMs / 1000, atEpochMs / 1000)
  await using _claim = await claimFolder(path.join(folder.directory, 'work'))
  expect(readdirSync(folder.directory)).not.toContain(path.basename(left))
})

test.skipIf(process.platform !== 'linux')(
  'a process that has ended holds nothing, though its parent keeps its name',
  async () => {
    using folder = temporaryFolder()
    // What the shell becomes does not ask after the child that the shell had; so the child ends only then.
    const parent = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    })
    const [, heard, , told] = parent.stdio
    try {
      if (!(heard instanceof Readable && told instanceof Writable)) throw new Error('they are pipes')
      const [line] = await once(heard, 'data')
      const pid = Number(String(line))
      await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n')
      told.end()
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /)
      writeFileSync(path.join(folder.directory, `work.claim.${pid}.${OTHER_RUN}`), '')
      await using _claim = await claimFolder(path.join(folder.directory, 'work'))
    } finally {
      parent.kill('SIGKILL')
    }
  },
)

test('files with a similar name are nobody’s claim, and stay', async () => {
  using folder = temporaryFolder()
  const names = ['work.claim.notes', `work.claim.${process.ppid}`, `workshop.claim.${process.ppid}.${OTHER_RUN}`]
  for (const name of names) writeFileSync(path.join(folder.directory, name), '')
  {
    await using _claim = await claimFolder(path.join(folder.directory, 'work'))
  }
  expect(readdirSync(folder.directory).sort()).toEqual(names.sort())
})
