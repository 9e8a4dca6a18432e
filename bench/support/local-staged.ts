import { drawTokens, soundOfTokens } from '../../src/main/cosyvoice/index.ts'
import { memoryText, openBenchStages, scriptedLine, scriptedVoice } from './local-speech.ts'
import { millisecondsOf, printFigure, readable } from './measure.ts'
import { forgetPeakMemory, type ProcessMemory, processMemory } from './process-memory.ts'

/** One part of the model after the other. */
export const PART_MOMENTS = [
  'at the start',
  'language model open',
  'tokens drawn',
  'language model closed',
  'flow and vocoder open',
  'sound made',
  'flow and vocoder closed',
] as const
type Moment = (typeof PART_MOMENTS)[number]

export type PartsFigures = {
  /** Of each round of all parts. */
  readonly rounds: readonly { readonly memory: Record<Moment, ProcessMemory>; readonly tookMs: number }[]
  readonly peakRssMb: number
}

/** What stays in memory of parts of a model that were closed, in a process that does nothing else. */
export const measureParts = async (
  directory: string,
  { promptSec, durationSec, rounds }: { promptSec: number; durationSec: number; rounds: number },
): Promise<PartsFigures> => {
  const stages = await openBenchStages(directory)
  const { description } = stages
  const { line, trace } = scriptedLine(description, scriptedVoice(stages, promptSec), durationSec)
  const job = { signal: new AbortController().signal, trace }
  const measured: PartsFigures['rounds'][number][] = []
  let peakRssMb = 0
  forgetPeakMemory()
  for (let round = 0; round < rounds; round++) {
    const memory: Partial<Record<Moment, ProcessMemory>> = { 'at the start': processMemory() }
    const tookMs = await millisecondsOf(async () => {
      let tokens: readonly number[] = []
      {
        await using llm = await stages.openLlm()
        memory['language model open'] = processMemory()
        tokens = await drawTokens({ description, llm }, line, job)
        memory['tokens drawn'] = processMemory()
      }
      memory['language model closed'] = processMemory()
      {
        await using flow = await stages.openFlow()
        await using vocoder = await stages.openVocoder()
        memory['flow and vocoder open'] = processMemory()
        await soundOfTokens({ flow, vocoder }, tokens, line, job)
        memory['sound made'] = processMemory()
      }
    })
    memory['flow and vocoder closed'] = processMemory()
    measured.push({ memory: memory as Record<Moment, ProcessMemory>, tookMs })
    peakRssMb = Math.max(peakRssMb, processMemory().peakRssMb)
  }
  return { rounds: measured, peakRssMb }
}

/** Settings of glibc's allocator that a process can be started with; each is tried. */
export const ALLOCATOR_SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  preset: {},
  'one arena': { MALLOC_ARENA_MAX: '1' },
  'map from 1 MiB': { MALLOC_MMAP_THRESHOLD_: '1048576' },
  'trim from 128 KiB': { MALLOC_TRIM_THRESHOLD_: '131072' },
  'trim, one arena': { MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '1' },
}

/** Prints what `measureParts` saw under one of the settings: the first round and the last. */
export const printParts = (setting: string, { rounds, peakRssMb }: PartsFigures): void => {
  const shown = [
    ['first', rounds[0]],
    ['last', rounds.at(-1)],
  ] as const
  for (const moment of PART_MOMENTS) {
    const seen = shown.map(([which, round]) => `${which} ${round ? memoryText(round.memory[moment]) : '-'}`)
    printFigure(`parts, allocator ${setting}, RSS ${moment}, MB`, seen.join(', '))
  }
  printFigure(`parts, allocator ${setting}, peak RSS, MB (<= 700)`, readable(peakRssMb))
  const best = Math.min(...rounds.map(({ tookMs }) => tookMs))
  printFigure(`parts, allocator ${setting}, a line with both loads, s, best`, readable(best / 1000))
}
