import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import path from 'node:path'

/** What a second instance tells the first before it ends. */
export type SecondInstance = { argv: string[]; cwd: string; data: unknown }

type Claim = { pid: number; port?: number }

/** One instance per user data folder, by a file that names the holder's process and port. */
export class SingleInstanceLock {
  readonly #file: string
  #server: Server | undefined
  /** Settles when the first instance has heard of this one. */
  notified: Promise<void> = Promise.resolve()
  /** Settles when this instance, the first, can hear others. */
  listening: Promise<void> = Promise.resolve()

  constructor(userDataDir: string) {
    mkdirSync(userDataDir, { recursive: true })
    this.#file = path.join(userDataDir, 'cosy-host-instance.json')
  }

  /** True when this is the only instance; otherwise the holder is told. */
  acquire(mine: SecondInstance, onSecondInstance: (other: SecondInstance) => void): boolean {
    if (this.#server) return true
    const holder = this.#findHolder()
    if (holder) {
      if (holder.port) this.notified = notify(holder.port, mine)
      return false
    }
    this.#claim({ pid: process.pid })
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      socket.on('end', () => {
        onSecondInstance(JSON.parse(text))
        socket.end()
      })
      socket.on('error', () => {}) // the other instance ended early; it has nothing more to say
    })
    this.listening = new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        if (this.#server === server) this.#claim({ pid: process.pid, port: (server.address() as AddressInfo).port })
        resolve()
      })
    })
    server.unref()
    this.#server = server
    return true
  }

  get isHeld(): boolean {
    return this.#server !== undefined
  }

  release(): void {
    if (!this.#server) return
    this.#server.close()
    this.#server = undefined
    rmSync(this.#file, { force: true })
  }

  #claim(claim: Claim): void {
    writeFileSync(this.#file, JSON.stringify(claim))
  }

  #findHolder(): Claim | undefined {
    try {
      const claim: Claim = JSON.parse(readFileSync(this.#file, 'utf8'))
      process.kill(claim.pid, 0)
      return claim
    } catch {
      return undefined // no file, a half-written one, or its process is gone: nobody holds the lock
    }
  }
}

function notify(port: number, instance: SecondInstance): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.resume()
    socket.end(JSON.stringify(instance))
  })
}
