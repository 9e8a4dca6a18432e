import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTakeReader } from '../src/main/take-store/index.ts'
import { createMixdown } from '../src/shared/audio/index.ts'
import { makeBook } from './support/book.ts'

/**
 * Mixdown of a book of 5,000 clips an hour on 4 tracks, from take files, against real time; and the memory it takes for
 * ten minutes and for an hour, each in a fresh process. Promised: 150x, 250 MB whatever the length.
 */
const measure = async (directory: string, durationSec: number, channelCount: 1 | 2): Promise<void> => {
  const { plan, takes } = makeBook(directory, durationSec)
  await using reader = createTakeReader(takes.directory)
  const mixdown = createMixdown(
    plan,
    async (takeId, startSamples, target) => {
      const takeKey = takes.keys.get(takeId)
      if (takeKey) await reader.read(takeKey, startSamples, target)
    },
    { channelCount },
  )
  const startedMs = performance.now()
  let energy = 0
  for (let at = 0; at < plan.durationSamples; at += plan.sampleRateHz)
    for (const channel of await mixdown.read(at, plan.sampleRateHz)) energy += (channel[0] ?? 0) ** 2
  const tookSec = (performance.now() - startedMs) / 1000
  const realTime = Math.round(durationSec / tookSec)
  console.log(JSON.stringify({ realTime, rssMb: Math.round(process.resourceUsage().maxRSS / 1024), energy }))
}

const [durationArgument, channelArgument] = process.argv.slice(2)
const directory = mkdtempSync(path.join(tmpdir(), 'cosy-bench-'))
try {
  if (durationArgument) await measure(directory, Number(durationArgument), channelArgument === '2' ? 2 : 1)
  else {
    const inFreshProcess = (durationSec: number, channelCount: 1 | 2): { realTime: number; rssMb: number } => {
      const args = [import.meta.filename, String(durationSec), String(channelCount)]
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    }
    const tenMinutes = inFreshProcess(600, 2)
    const mono = inFreshProcess(3600, 1)
    const stereo = inFreshProcess(3600, 2)
    console.log(
      JSON.stringify({
        'mono, x real time (>= 150)': mono.realTime,
        'stereo, x real time (>= 150)': stereo.realTime,
        'RSS of 10 min, MB': tenMinutes.rssMb,
        'RSS of 1 h, MB (< 250)': stereo.rssMb,
      }),
    )
  }
} finally {
  rmSync(directory, { recursive: true })
}
