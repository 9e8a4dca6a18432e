import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { convertWith } from '../../src/main/model-converter/index.ts'

/** A process that converts a checkpoint into a folder, says so in the middle of the verification, and waits to be ended. */
const [, , checkpointDirectory = '', outDirectory = ''] = process.argv
setInterval(() => undefined, 60_000)
const convert = convertWith({
  isInt8Exact: () => true,
  verifyConversion: (_written, { scratchDirectory }) => {
    writeFileSync(path.join(scratchDirectory, 'llm-part.weights'), new Uint8Array(100_000))
    process.send?.('verifying')
    return new Promise(() => undefined)
  },
})
await convert(
  { checkpointDirectory, outDirectory, precision: 'cpu', verify: true },
  { signal: new AbortController().signal, progress: () => undefined, onBytesRead: () => undefined },
)
