import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cliEvents, runCli } from './support/run-cli.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder, withoutWriting } from './support/test-disk.ts'

const scene = ['# One', '', 'Lin: Are you there?', 'Zhou: Yes.', '', 'Nobody said a word.', ''].join('\n')

const folderWith = (
  files: Readonly<Record<string, string | Uint8Array>>,
): TestFolder & { at(name: string): string } => {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder.directory, name), content)
  return { ...folder, at: (name) => path.join(folder.directory, name) }
}
/** Renders in test tones, which need no speech synthesis. */
const render = (folder: { at(name: string): string }, script: string, ...args: string[]) =>
  runCli(['render', folder.at(script), '--library', folder.at('library'), '--engine', 'tone', '--json', ...args])

beforeAll(() => {
  if (!existsSync('out/main/cli.js')) throw new Error('build first: npm run build')
})

describe('a script on the command line', () => {
  test('becomes files, and a second run renders nothing again', { timeout: 60_000 }, async () => {
    using folder = folderWith({ 'scene.md': scene })
    const outs = ['wav', 'mp3', 'opus'].map((extension) => folder.at(`scene.${extension}`))
    const first = await render(folder, 'scene.md', '--out', ...outs)
    expect(first.exitCode, first.stderr + first.stdout).toBe(0)
    const events = cliEvents(first)
    expect(events.find(({ event }) => event === 'imported')).toMatchObject({ lines: 3, chapters: 1 })
    expect(events.find(({ event }) => event === 'planned')).toMatchObject({ queuedLines: 3, readyLines: 0 })
    expect(events.filter(({ event }) => event === 'file').map(({ path: file }) => file)).toEqual(outs)
    for (const file of outs) expect(existsSync(file)).toBe(true)

    const second = await render(folder, 'scene.md', '--out', folder.at('again.wav'))
    expect(cliEvents(second).find(({ event }) => event === 'planned')).toMatchObject({ queuedLines: 0, readyLines: 3 })

    writeFileSync(folder.at('scene.md'), scene.replace('Yes.', 'Yes, I am.'))
    const third = await render(folder, 'scene.md', '--out', folder.at('again.wav'))
    expect(cliEvents(third).find(({ event }) => event === 'planned')).toMatchObject({ queuedLines: 1, readyLines: 2 })
  })

  test('takes its voices from a cast file, and refuses one that names nobody', { timeout: 60_000 }, async () => {
    using folder = folderWith({
      'scene.md': scene,
      'typo.json': '{"characters":{"Linn":{"speed":1.5}}}',
      'broken.json': '{"characters":',
      'good.json': '{"characters":{"Lin":{"speed":1.5}}}',
    })
    const plain = await render(folder, 'scene.md', '--out', folder.at('a.wav'))
    expect(plain.exitCode, plain.stdout).toBe(0)
    const cast = await render(folder, 'scene.md', '--cast', folder.at('good.json'), '--out', folder.at('a.wav'))
    expect(cliEvents(cast).find(({ event }) => event === 'planned')).toMatchObject({ queuedLines: 1, readyLines: 2 })
    for (const file of ['typo.json', 'broken.json']) {
      const refused = await render(folder, 'scene.md', '--cast', folder.at(file))
      expect(refused.exitCode).toBe(1)
      expect(cliEvents(refused).at(-1)).toMatchObject({ event: 'error', code: 'cast.invalid' })
    }
  })

  test('is listed, exported and checked by the other commands', { timeout: 60_000 }, async () => {
    using folder = folderWith({ 'scene.md': scene })
    await render(folder, 'scene.md', '--out', folder.at('a.wav'))
    const library = ['--library', folder.at('library'), '--json']
    const [project] = cliEvents(await runCli(['projects', ...library]))
    expect(project).toMatchObject({ event: 'project', title: 'scene', lineCount: 3 })
    const exported = await runCli([
      'export',
      'scene',
      '--out',
      folder.at('x.wav'),
      '--sample-format',
      'int24',
      ...library,
    ])
    expect(exported.exitCode, exported.stdout).toBe(0)
    expect(cliEvents(await runCli(['voices', ...library])).length).toBeGreaterThan(7)
    const engines = cliEvents(await runCli(['engines', ...library])).map(({ engineId }) => engineId)
    expect(engines).toEqual(expect.arrayContaining(['draft', 'tone']))
    const doctor = await runCli(['doctor', ...library])
    expect(doctor.exitCode, doctor.stdout).toBe(0)

    const [first = ''] = readdirSync(folder.at('library/takes'))
    rmSync(folder.at(`library/takes/${first}`), { recursive: true })
    const trouble = await runCli(['doctor', ...library])
    expect(trouble.exitCode).toBe(1)
    expect(cliEvents(trouble)).toContainEqual(expect.objectContaining({ name: 'takes', isGood: false }))
  })
})

describe('bad input is refused by name, with a reason and a remedy', () => {
  const gb18030 = Buffer.from([0xd2, 0xb9, 0xc9, 0xab, 0xbd, 0xa5, 0xc9, 0xee, 0xa1, 0xa3, 0x0a])
  const mixed = Buffer.concat([
    Buffer.from('夜色渐深，城里的灯一盏盏亮起来。\n'.repeat(40)),
    gb18030,
    Buffer.from([0xff, 0xfe, 0x81]),
  ])
  const cases: [string, string | Uint8Array, string][] = [
    ['empty.txt', '', 'script.empty'],
    ['blank.txt', ' \n\n　\n', 'script.empty'],
    ['picture.txt', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'script.not-text'],
    ['mixed.txt', mixed, 'script.undecodable'],
    ['long.txt', `${'长'.repeat(20_000)}\n`, 'script.line-too-long'],
    ['huge.txt', Buffer.alloc(50 * 1024 * 1024, 'line of text\n'), 'script.too-large'],
  ]
  test.each(cases)('%s', { timeout: 60_000 }, async (name, content, code) => {
    using folder = folderWith({ [name]: content })
    const refused = await render(folder, name, '--out', folder.at('out.wav'))
    expect(refused.exitCode).toBe(1)
    const error = cliEvents(refused).at(-1)
    expect(error).toMatchObject({ event: 'error', code })
    expect(error?.what).toMatch(/\w/)
    expect(error?.why).toMatch(/\w/)
    expect(error?.remedies).not.toEqual([])
    expect(existsSync(folder.at('out.wav'))).toBe(false)
    const text = await runCli(['render', folder.at(name), '--library', folder.at('library'), '--engine', 'tone'])
    expect(text.stderr).toContain(String(error?.what))
    expect(text.stderr).toMatch(/→ \w/)
  })

  test('a line of 20,000 characters is rendered once it may be split', { timeout: 60_000 }, async () => {
    using folder = folderWith({ 'long.txt': `${'他走了很久，一句话也没有说。'.repeat(1500)}\n` })
    const split = await runCli([
      ...['import', folder.at('long.txt'), '--library', folder.at('library'), '--split-long-lines', '--json'],
    ])
    expect(split.exitCode, split.stdout).toBe(0)
    expect(cliEvents(split)[0]?.lines).toBeGreaterThan(5)
  })

  test('a file that is not there, an engine nobody knows, a format nobody writes', async () => {
    using folder = folderWith({ 'scene.md': scene })
    const errorOf = async (...args: string[]) => {
      const run = await runCli([...args, '--library', folder.at('library'), '--json'])
      expect(run.exitCode).toBeGreaterThan(0)
      return cliEvents(run).at(-1)?.code
    }
    expect(await errorOf('render', folder.at('none.md'))).toBe('script.file-unreadable')
    expect(await errorOf('render', folder.at('scene.md'), '--engine', 'nobody')).toBe('engine.unknown')
    expect(await errorOf('render', folder.at('scene.md'), '--engine', 'tone', '--out', folder.at('a.ogg'))).toBe(
      'usage.invalid',
    )
    const { exitCode } = await runCli(['render'])
    expect(exitCode).toBe(2)
    const slip = await render(folder, 'scene.md', '--out', folder.at('a.mp3'), '--bitrate', '999')
    expect(slip.exitCode).toBe(2)
    expect(cliEvents(slip).map(({ event }) => event)).toEqual(['error'])
  })

  test('a reader who has seen enough is no error', async (context) => {
    if (process.platform === 'win32') return context.skip('needs a POSIX shell')
    using folder = folderWith({})
    const command = `'${process.execPath}' out/main/cli.js voices --library '${folder.at('library')}' | head -1`
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    expect(stdout.split('\n')).toHaveLength(2)
    expect(stderr).toBe('')
  })

  test('a corrupt library and one from a newer version stay as they are', { timeout: 60_000 }, async () => {
    using folder = folderWith({ 'scene.md': scene })
    mkdirSync(folder.at('library'))
    writeFileSync(folder.at('library/library.db'), 'not a database at all, just words '.repeat(300))
    expect(cliEvents(await render(folder, 'scene.md')).at(-1)).toMatchObject({ code: 'library.corrupt' })
  })

  test('a folder that cannot be written, and a disk that is full', { timeout: 120_000 }, async (context) => {
    const reason = noTestDiskReason()
    if (reason) return context.skip(reason)
    using folder = folderWith({ 'scene.md': scene })
    await render(folder, 'scene.md', '--out', folder.at('a.wav'))
    const exportTo = async (file: string) =>
      cliEvents(await runCli(['export', 'scene', '--out', file, '--library', folder.at('library'), '--json'])).at(-1)
    using readOnly = temporaryFolder()
    await withoutWriting(readOnly, async () => {
      expect(await exportTo(path.join(readOnly.directory, 'a.wav'))).toMatchObject({ code: 'export.path-not-writable' })
    })
    using disk = smallDisk(64)
    expect(await exportTo(path.join(disk.directory, 'a.wav'))).toMatchObject({ code: 'export.disk-full' })
    expect(readdirSync(disk.directory)).toEqual([])
  })
})
