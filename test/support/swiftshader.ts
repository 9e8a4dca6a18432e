import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { SwiftShaderAnswer, SwiftShaderTask } from './on-swiftshader.ts'

/** Chromium brings SwiftShader along, a Vulkan driver that computes on the processor: WebGPU without a graphics card. */
const DRIVER = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser']
  .map((folder) => path.join(folder, 'vk_swiftshader_icd.json'))
  .find((file) => existsSync(file))

/** What makes SwiftShader the only graphics card of a process. */
export const SWIFTSHADER_ENVIRONMENT: Readonly<Record<string, string>> = DRIVER ? { VK_DRIVER_FILES: DRIVER } : {}

/** Why WebGPU cannot be run here; undefined where it can. On CI it always must. */
export const noSwiftShaderReason = (): string | undefined => {
  if (DRIVER) return undefined
  if (process.platform === 'linux' && process.env.CI)
    throw new Error('CI runs these tests with SwiftShader, of chromium')
  return 'WebGPU is tested with SwiftShader, which Debian’s chromium brings'
}

/** A process whose only graphics card is SwiftShader; one task at a time. */
export type SwiftShader = AsyncDisposable & {
  run<T extends SwiftShaderTask['task']>(
    task: Extract<SwiftShaderTask, { task: T }>,
  ): Promise<Extract<SwiftShaderAnswer, { task: T }>>
}

/** @param temporaryDirectory where the process puts what it does not keep */
export const startSwiftShader = (temporaryDirectory: string): SwiftShader => {
  const child = fork(path.join(import.meta.dirname, 'on-swiftshader.ts'), [], {
    serialization: 'advanced',
    env: { ...process.env, ...SWIFTSHADER_ENVIRONMENT, TMPDIR: temporaryDirectory },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process with SwiftShader ended (${code ?? signal}): ${said}`)
  })
  // Nobody waits for its end between two tasks.
  ended.catch(() => undefined)
  return {
    async run(task) {
      const answered = once(child, 'message')
      child.send(task)
      const [answer] = await Promise.race([answered, ended])
      if (answer.task !== task.task) throw new Error(answer.message)
      return answer
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}
