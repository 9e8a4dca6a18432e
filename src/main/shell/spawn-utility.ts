import path from 'node:path'
import { utilityProcess } from 'electron'
import type { SpawnWorker, WorkerEnvironment } from '../worker-process/index.ts'

/** Starts workers as Electron utility processes. @param directory where the built worker entries lie (out/main) */
export const spawnUtility =
  (directory: string, environment: WorkerEnvironment): SpawnWorker =>
  (entry) => {
    const child = utilityProcess.fork(path.join(directory, `${entry}.js`), [], {
      serviceName: `Cosy Studio ${entry}`,
      // Native audio libraries print to stdout; only errors are worth keeping.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...environment(entry) },
    })
    return {
      send: (message) => child.postMessage(message),
      onMessage: (listener) => child.on('message', (message) => listener(message)),
      onExit: (listener) => child.once('exit', (exitCode) => listener(exitCode)),
      kill: () => child.kill(),
    }
  }
