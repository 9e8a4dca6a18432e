import { writeBundle } from '../../src/main/model-converter/index.ts'
import { aPlan } from './a-conversion.ts'

/** A process that converts into the folder it is given, says so in the middle of the second step, and waits to be ended. */
const [, , outDirectory = ''] = process.argv
setInterval(() => undefined, 60_000)
const onPiece = (stepId: string, writtenBytes: number): void | Promise<void> => {
  if (stepId !== 'flow-estimator' || writtenBytes < 50_000) return
  process.send?.('midway')
  return new Promise(() => undefined)
}
await writeBundle(
  aPlan({ onPiece }),
  { outDirectory },
  { signal: new AbortController().signal, progress: () => undefined },
)
