import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import type { FromWorker } from './protocol.ts'
import type { SpawnWorker, WorkerEnvironment } from './spawn.ts'

/**
 * Starts workers as plain Node child processes, for the command line and for tests.
 * @param directory where the worker entries lie: out/main when built, their room when run from source
 * @param extension `.ts` runs the entry from source
 * @param onSpawned sees each process as it starts
 */
export const spawnOnNode =
  (
    directory: string,
    extension: '.js' | '.ts' = '.js',
    onSpawned: (child: ChildProcess) => void = () => undefined,
    environment: WorkerEnvironment = () => ({}),
  ): SpawnWorker =>
  (entry) => {
    const child = fork(path.join(directory, `${entry}${extension}`), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment(entry) },
    })
    onSpawned(child)
    return {
      send: (message) => {
        // One that has ended meanwhile tells so by its exit.
        if (child.connected) child.send(message, () => undefined)
      },
      onMessage: (listener) => child.on('message', (message) => listener(message as FromWorker)),
      onExit: (listener) => {
        child.once('exit', (exitCode) => listener(exitCode))
        // One that could not be started has no exit.
        child.once('error', () => {
          if (child.pid === undefined) listener(null)
        })
      },
      kill: () => child.kill('SIGKILL'),
    }
  }
