import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type CliEvent, cliEvents } from './run-cli.ts'

const root = path.resolve(import.meta.dirname, '../..')

export type InterruptedRun = {
  /** Null where the signal ended the process itself. */
  exitCode: number | null
  events: CliEvent[]
  stderr: string
}

/** Runs the built command line with `--json` and sends it a signal as soon as an event says so. */
export const interruptCli = (
  args: readonly string[],
  isTime: (event: CliEvent) => boolean,
  signal: NodeJS.Signals,
): Promise<InterruptedRun> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'out/main/cli.js'), ...args, '--json'], {
      cwd: root,
      env: { ...process.env, LC_ALL: 'en_US.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const events: CliEvent[] = []
    let stderr = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      for (const event of cliEvents({ exitCode: null, stdout: line, stderr: '' })) {
        if (!child.killed && isTime(event)) child.kill(signal)
        events.push(event)
      }
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, events, stderr }))
  })
