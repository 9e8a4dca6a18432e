import { createSpeaker } from '../../src/main/cosyvoice/index.ts'
import { openBenchStages, scriptedLine, scriptedVoice, speakScripted } from './local-speech.ts'
import { printFigure, readable } from './measure.ts'
import { type ProcessMemory, processMemory } from './process-memory.ts'

/** Lengths of lines, one after the other and over again: shapes that change are what a memory pool grows with. */
const LINE_SEC = [1, 0.6, 1.4, 0.8, 1.2, 1, 1.6, 0.4]
const PROMPT_SEC = 3
/** The fewest that a bundle has a table for: the memory of a step is that of every other. */
const STEPS = 5

/** A run takes minutes: how far it is, is said now and then. */
const SAID_EVERY = 20

export type LinesFigures = { readonly memories: readonly ProcessMemory[]; readonly tookMs: readonly number[] }

/** Speaks many short lines in one process, every second one streamed. @returns what is in memory after each */
export const measureLines = async (
  directory: string,
  count: number,
  memory: 'resident' | 'staged',
): Promise<LinesFigures> => {
  const stages = await openBenchStages(directory)
  const voice = scriptedVoice(stages, PROMPT_SEC)
  await using speaker = createSpeaker({ stages, memory })
  const memories: ProcessMemory[] = []
  const tookMs: number[] = []
  for (let index = 0; index < count; index++) {
    const durationSec = LINE_SEC[index % LINE_SEC.length] ?? 1
    const line = scriptedLine(stages.description, voice, durationSec, STEPS)
    const heard = await speakScripted(speaker, stages, line, memory === 'resident' && index % 2 === 1)
    tookMs.push(heard.tookMs)
    memories.push(processMemory())
    if (memories.length % SAID_EVERY === 0)
      console.error(`${memories.length} of ${count} lines, ${readable(memories.at(-1)?.rssMb ?? Number.NaN)} MB`)
  }
  return { memories, tookMs }
}

/** Line of least squares through values that stand one after the other. @returns by how much each is above the one before */
export const slopeOf = (values: readonly number[]): number => {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let products = 0
  let squares = 0
  for (const [index, value] of values.entries()) {
    products += (index - middle) * (value - mean)
    squares += (index - middle) ** 2
  }
  return products / squares
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Part of the lines that a process settles in. */
const SETTLING_SHARE = 0.25

/** Prints what `measureLines` saw: memory after some of the lines, and whether it grows once the process has settled. */
export const printLines = (memory: string, { memories, tookMs }: LinesFigures): void => {
  const count = memories.length
  const marks = [...new Set([0.1, 0.5, 1].map((share) => Math.max(1, Math.round(share * count))))]
  for (const mark of marks) {
    const at = memories[mark - 1]
    if (!at) continue
    const { rssMb, anonymousMb = Number.NaN, heapMb, arraysMb } = at
    const parts = [`anonymous ${readable(anonymousMb)}`, `heap ${readable(heapMb)}`, `arrays ${readable(arraysMb)}`]
    printFigure(`lines, ${memory}, RSS after ${mark}, MB`, `${readable(rssMb)} (${parts.join(', ')})`)
  }
  printFigure(`lines, ${memory}, peak RSS, MB`, readable(Math.max(...memories.map(({ peakRssMb }) => peakRssMb))))
  const settled = memories.slice(Math.round(SETTLING_SHARE * count))
  const kinds = [
    ['RSS', ({ rssMb }: ProcessMemory) => rssMb],
    ['heap', ({ heapMb }: ProcessMemory) => heapMb],
    ['arrays', ({ arraysMb }: ProcessMemory) => arraysMb],
  ] as const
  for (const [kind, of] of kinds)
    printFigure(
      `lines, ${memory}, ${kind}, growth over the last ${settled.length}, MB a hundred lines`,
      readable(100 * slopeOf(settled.map(of))),
    )
  const quarter = Math.max(1, Math.round(settled.length / 3))
  const growth =
    mean(settled.slice(-quarter).map(({ rssMb }) => rssMb)) - mean(settled.slice(0, quarter).map(({ rssMb }) => rssMb))
  printFigure(`lines, ${memory}, RSS of the last third of those above the first third, MB`, readable(growth))
  const [first, last] = [mean(tookMs.slice(0, quarter)), mean(tookMs.slice(-quarter))]
  printFigure(`lines, ${memory}, time of the last ${quarter} to the first ${quarter}`, readable(last / first))
}
