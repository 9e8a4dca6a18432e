import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exportMix } from '../src/main/export/index.ts'
import { spawnOnNode } from '../src/main/worker-process/index.ts'
import type { ExportSettings } from '../src/shared/audio/index.ts'
import { type Book, makeBook } from './support/book.ts'

/**
 * Export of a book from take files (mix, measure, encode, sync to disk, a worker process started for it) against the
 * ffmpeg command line encoding the same PCM, in turns. Promised: at most 1.25 times as long. The best of the turns counts.
 */
const TURNS = 4

const mp3: ExportSettings = {
  format: 'mp3',
  sampleRateHz: 24_000,
  channelCount: 1,
  rate: { mode: 'cbr', bitrateKbps: 64 },
}
const opus: ExportSettings = { format: 'opus', sampleRateHz: 24_000, channelCount: 1, bitrateKbps: 32 }
const wav: ExportSettings = { format: 'wav', sampleRateHz: 24_000, channelCount: 1, sampleFormat: 'float32' }

const secondsOf = async (run: () => unknown): Promise<number> => {
  const startedMs = performance.now()
  await run()
  return (performance.now() - startedMs) / 1000
}

/** Most memory a process has had, while it lives; Linux tells. */
const highestRssMb = (pid: number): number => {
  if (process.platform !== 'linux') return Number.NaN
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

const exportBook = async (book: Book, file: string, settings: ExportSettings): Promise<{ rssMb: number }> => {
  let pid = 0
  let rssMb = 0
  await exportMix({
    spawnWorker: spawnOnNode(path.join(import.meta.dirname, '../src/main/export'), '.ts', (child) => {
      pid = child.pid ?? 0
    }),
    ...book,
    files: [{ path: file, settings }],
    tags: { title: '', author: '', album: '' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onFile: () => {
      rssMb = highestRssMb(pid)
    },
  })
  return { rssMb }
}

const directory = mkdtempSync(path.join(tmpdir(), 'cosy-bench-'))
const at = (name: string): string => path.join(directory, name)
try {
  const figures: Record<string, number> = {}
  for (const { name, settings, codec, durationSec } of [
    { name: 'mp3', settings: mp3, codec: ['libmp3lame', '-b:a', '64k'], durationSec: 3600 },
    { name: 'opus', settings: opus, codec: ['libopus', '-b:a', '32k'], durationSec: 600 },
  ]) {
    const book = makeBook(at(`${name}-takes`), durationSec)
    await exportBook(book, at('pcm.wav'), wav)
    const ours: number[] = []
    const theirs: number[] = []
    for (let turn = 0; turn < TURNS; turn++) {
      let rssMb = 0
      ours.push(
        await secondsOf(async () => {
          rssMb = (await exportBook(book, at(`ours.${name}`), settings)).rssMb
        }),
      )
      figures[`${name}, RSS of the worker, MB`] = rssMb
      const args = ['-v', 'error', '-y', '-i', at('pcm.wav'), '-c:a', ...codec, at(`theirs.${name}`)]
      theirs.push(await secondsOf(() => execFileSync('ffmpeg', args)))
    }
    figures[`${name}, x real time`] = Math.round(durationSec / Math.min(...ours))
    figures[`${name}, ffmpeg x real time`] = Math.round(durationSec / Math.min(...theirs))
    figures[`${name}, our time to ffmpeg's (<= 1.25)`] =
      Math.round((Math.min(...ours) / Math.min(...theirs)) * 100) / 100
  }
  console.log(JSON.stringify(figures))
} finally {
  rmSync(directory, { recursive: true })
}
