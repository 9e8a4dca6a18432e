// Tries the native modules under the rule of Electron's memory cage: npm run check:natives. Linux with gcc only.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const HERE = import.meta.dirname
const folder = mkdtempSync(path.join(tmpdir(), 'cosy-cage-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const cage = path.join(folder, 'memory-cage.so')
const gcc = spawnSync('gcc', ['-shared', '-fPIC', '-Wall', '-Wextra', '-o', cage, path.join(HERE, 'memory-cage.c')], {
  stdio: 'inherit',
})
if (gcc.error || gcc.status !== 0) {
  console.error('The memory cage cannot be built: it needs Linux and gcc (Debian, Ubuntu: apt-get install gcc).')
  process.exit(1)
}

const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(HERE, 'try-natives.ts')], {
  env: { ...process.env, LD_AUDIT: cage, COSY_HOST_CAGE_TRACE: '1' },
  encoding: 'utf8',
})
const lines = stderr.split('\n')
const refusals = lines.filter((line) => line.startsWith('external buffer'))
process.stdout.write(stdout)
process.stderr.write(lines.filter((line) => line !== '' && !refusals.includes(line)).join('\n'))
// Some of the modules ask for external buffers and copy when refused; if none asked, the cage was not there.
console.log(`${refusals.length} external buffers refused`)
process.exit(status === 0 && refusals.length > 0 ? 0 : 1)
