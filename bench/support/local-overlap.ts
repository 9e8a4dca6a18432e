import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { drawTokens, soundOfTokens } from '../../src/main/cosyvoice/index.ts'
import { openBenchStages, scriptedLine, scriptedVoice } from './local-speech.ts'
import { alternate, millisecondsOf, printFigure, speedUp, withBest } from './measure.ts'

/** What one process does of a line: all of it, the language model's part, or the flow's and the vocoder's. */
export type Share = 'line' | 'tokens' | 'sound'
const isShare = (text: string): text is Share => text === 'line' || text === 'tokens' || text === 'sound'

export type OverlapSize = {
  readonly promptSec: number
  readonly durationSec: number
  readonly lines: number
  readonly rounds: number
}
export const FULL_OVERLAP: OverlapSize = { promptSec: 3, durationSec: 4, lines: 2, rounds: 2 }
export const QUICK_OVERLAP: OverlapSize = { promptSec: 0.4, durationSec: 0.4, lines: 2, rounds: 1 }

/** Opens what its share of a line needs, says so, and then does as many lines as it is told, again and again. */
export const serveShare = async (
  directory: string,
  share: string,
  threads: number,
  { promptSec, durationSec }: OverlapSize,
): Promise<void> => {
  if (!isShare(share)) throw new Error(`no share of a line is called ${share}`)
  const stages = await openBenchStages(directory, threads)
  const { description } = stages
  const { line, trace } = scriptedLine(description, scriptedVoice(stages, promptSec), durationSec)
  const job = { signal: new AbortController().signal, trace }
  await using stack = new AsyncDisposableStack()
  const llm = share === 'sound' ? undefined : stack.use(await stages.openLlm())
  const flow = share === 'tokens' ? undefined : stack.use(await stages.openFlow())
  const vocoder = share === 'tokens' ? undefined : stack.use(await stages.openVocoder())
  const speak = async (): Promise<void> => {
    const tokens = llm ? await drawTokens({ description, llm }, line, job) : (trace.numbers('forced') ?? [])
    if (flow && vocoder) await soundOfTokens({ flow, vocoder }, tokens, line, job)
  }
  await speak()
  const parent = process
  parent.send?.('ready')
  for (;;) {
    const [lines] = await once(parent, 'message')
    if (lines === 'end') break
    for (let count = 0; count < Number(lines); count++) await speak()
    parent.send?.('done')
  }
  parent.disconnect()
}

type Job = { readonly share: Share; readonly threads: number; readonly lines: number }

/** Ways to speak the same number of lines. */
const waysOf = ({ lines }: OverlapSize): Record<string, readonly Job[]> => {
  const all = cpus().length
  const half = Math.max(1, Math.floor(all / 2))
  const job = (share: Share, threads: number, count = lines): Job => ({ share, threads, lines: count })
  return {
    [`one process, ${all} threads`]: [job('line', all)],
    [`one process, ${half} threads`]: [job('line', half)],
    [`two processes, ${half} threads each`]: [job('line', half, lines / 2), job('line', half, lines / 2)],
    [`two processes, ${all} threads each`]: [job('line', all, lines / 2), job('line', all, lines / 2)],
    [`tokens beside sound, ${half} and ${half} threads`]: [job('tokens', half), job('sound', half)],
    [`tokens beside sound, ${half} and ${all} threads`]: [job('tokens', half), job('sound', all)],
    [`tokens beside sound, ${all} and ${all} threads`]: [job('tokens', all), job('sound', all)],
    [`tokens alone, ${all} threads`]: [job('tokens', all)],
    [`sound alone, ${all} threads`]: [job('sound', all)],
  }
}

/** Rejects when the process ends instead of answering. */
const answerOf = async (child: ChildProcess): Promise<void> => {
  const ended = new AbortController()
  try {
    await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`a process that speaks ended with ${code}`)
      }),
    ])
  } finally {
    ended.abort()
  }
}

/**
 * Whether two lines at once are done sooner than one after the other. Tokens beside sound is a pipeline that is full: its
 * beginning and its end, where one side waits for the other, are not in the figures.
 * @param program the file whose task `share` calls `serveShare`
 */
export const benchOverlap = async (
  program: string,
  directory: string,
  size: OverlapSize,
  flags: readonly string[],
): Promise<void> => {
  const children = new Map<string, ChildProcess>()
  const childOf = async ({ share, threads }: Job, place: number): Promise<ChildProcess> => {
    const name = `${share} ${threads} ${place}`
    const known = children.get(name)
    if (known) return known
    const child = fork(program, ['share', directory, share, String(threads), ...flags])
    children.set(name, child)
    await answerOf(child)
    return child
  }
  try {
    const ways = waysOf(size)
    const ready = new Map<string, ChildProcess[]>()
    for (const [name, jobs] of Object.entries(ways)) {
      const opened: ChildProcess[] = []
      for (const [place, job] of jobs.entries()) opened.push(await childOf(job, place))
      ready.set(name, opened)
    }
    const timed = Object.entries(ways).map(([name, jobs]) => {
      const way = (): Promise<number> =>
        millisecondsOf(() =>
          Promise.all(
            (ready.get(name) ?? []).map((child, place) => {
              const answer = answerOf(child)
              child.send(jobs[place]?.lines ?? 0)
              return answer
            }),
          ),
        )
      return [name, way] as const
    })
    const timings = await alternate(size.rounds, Object.fromEntries(timed))
    const audioSec = size.lines * size.durationSec
    const [usual] = Object.values(timings)
    for (const [name, timing] of Object.entries(timings)) {
      const { medianMs, bestMs } = timing
      printFigure(`overlap, ${name}, RTF`, withBest(medianMs / 1000 / audioSec, bestMs / 1000 / audioSec))
      if (!usual || timing === usual) continue
      const { middle, best } = speedUp(timing, usual)
      printFigure(`overlap, ${name}, times as fast as one process`, withBest(middle, best))
    }
  } finally {
    for (const child of children.values()) if (child.connected) child.send('end')
  }
}
