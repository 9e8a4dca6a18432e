import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import type { SpawnWorker } from '../../src/main/worker-process/index.ts'

/**
 * Starts workers from their sources: Node runs TypeScript.
 * @param directory where the entries lie, e.g. src/main/export
 */
export const spawnFromSource =
  (directory: string, onSpawned: (child: ChildProcess) => void = () => undefined): SpawnWorker =>
  (entry) => {
    const child = fork(path.join(directory, `${entry}.ts`), {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    onSpawned(child)
    return {
      send: (message) => {
        if (child.connected) child.send(message)
      },
      onMessage: (listener) => child.on('message', (message) => listener(message as Parameters<typeof listener>[0])),
      onExit: (listener) => child.once('exit', (exitCode) => listener(exitCode)),
      kill: () => child.kill('SIGKILL'),
    }
  }
