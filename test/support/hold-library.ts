import { openLibrary } from '../../src/main/library/index.ts'

/** A process that opens the library in the folder it is given, says so, and holds it until it is ended. */
const [, , directory = ''] = process.argv
openLibrary({ directory, nowEpochMs: Date.now, mint: () => 'none' })
process.send?.('open')
setInterval(() => undefined, 60_000)
