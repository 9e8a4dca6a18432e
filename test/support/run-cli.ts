import { spawn } from 'node:child_process'
import path from 'node:path'
import { z } from 'zod'

const root = path.resolve(import.meta.dirname, '../..')

export type CliRun = { exitCode: number | null; stdout: string; stderr: string }

/** Runs the built command line (`npm run build` first), in English. */
export const runCli = (
  args: readonly string[],
  options: { cwd?: string; signal?: AbortSignal; env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<CliRun> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'out/main/cli.js'), ...args], {
      cwd: options.cwd ?? root,
      env: { ...process.env, LC_ALL: 'en_US.UTF-8', ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    child.stdin?.end(options.input)
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    options.signal?.addEventListener('abort', () => child.kill('SIGINT'))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })

const eventSchema = z.looseObject({ event: z.string() })
export type CliEvent = z.output<typeof eventSchema>

/** What a run with `--json` said, line by line. */
export const cliEvents = ({ stdout }: CliRun): CliEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventSchema.parse(JSON.parse(line)))
