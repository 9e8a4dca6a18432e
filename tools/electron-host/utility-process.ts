import { type ChildProcess, fork } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ForkOptions } from 'electron'
import { app } from './app.ts'
import { logDebug } from './log.ts'
import { EmulatedEmitter } from './not-emulated.ts'
import { type MessagePortMain, PortTransport } from './ports.ts'
import type { UtilityMessage } from './utility-message.ts'

/** A Node process with a message port: exit codes and crashes are real, unlike in a worker thread. */
class UtilityProcess extends EmulatedEmitter {
  pid: number | undefined = undefined
  readonly stdout: ChildProcess['stdout']
  readonly stderr: ChildProcess['stderr']
  readonly #child: ChildProcess
  readonly #transport: PortTransport

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super()
    const { stdio = 'inherit' } = options
    const [, stdout = 'inherit', stderr = 'inherit'] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio]
    const { electron, chrome } = process.versions
    this.#child = fork(fileURLToPath(new URL('./utility-main.ts', import.meta.url)), [modulePath, ...args], {
      serialization: 'advanced',
      execPath: process.execPath,
      execArgv: [...(options.execArgv ?? []), '--disable-warning=ExperimentalWarning'],
      env: {
        ...((options.env as NodeJS.ProcessEnv | undefined) ?? process.env),
        COSY_HOST_ROLE: 'utility',
        COSY_HOST_VERSIONS: JSON.stringify({ electron, chrome }),
      },
      stdio: ['ignore', stdout as 'pipe', stderr as 'pipe', 'ipc'],
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    })
    this.stdout = this.#child.stdout
    this.stderr = this.#child.stderr
    this.#transport = new PortTransport((message) => this.#tell(message))
    app.children.add(this)
    this.#listen(options.serviceName ?? 'Node Utility Process')
  }

  postMessage(data: unknown, transfer: MessagePortMain[] = []): void {
    this.#tell({ kind: 'message', data: structuredClone(data), ports: this.#transport.lend(transfer) })
  }

  kill(): boolean {
    return this.#child.kill()
  }

  #tell(message: UtilityMessage): void {
    if (this.#child.connected) this.#child.send(message)
  }

  #listen(name: string): void {
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid
      this.emit('spawn')
    })
    this.#child.on('error', (error) => logDebug('utility process', error.message))
    this.#child.on('message', (message: UtilityMessage) => {
      if (message.kind === 'message') this.emit('message', message.data)
      else this.#transport.receive(message)
    })
    this.#child.on('exit', (code, signal) => {
      app.children.delete(this)
      this.pid = undefined
      this.#transport.drop()
      const exitCode = code ?? 128 + (signal ? os.constants.signals[signal] : 0)
      this.emit('exit', exitCode)
      const reason = signal ? 'killed' : exitCode === 0 ? 'clean-exit' : 'abnormal-exit'
      app.emit('child-process-gone', {}, { type: 'Utility', reason, exitCode, name, serviceName: name })
    })
  }
}

export const utilityProcess = {
  fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
    if (!app.isReady()) throw new Error('utilityProcess cannot be created before app is ready')
    return new UtilityProcess(modulePath, args, options)
  },
}
