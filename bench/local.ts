import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openBundle } from '../src/main/model-bundle/index.ts'
import { makeFullSizeCheckpoint } from './support/full-size-checkpoint.ts'
import { FULL_SIZE, type LocalBenchSize, QUICK_SIZE } from './support/local-bench.ts'
import {
  type ConversionFigures,
  type LoadFigures,
  measureConversion,
  measureLoading,
} from './support/local-conversion.ts'
import { benchEstimator } from './support/local-estimator.ts'
import { openLocalNetworks } from './support/local-graphs.ts'
import { benchLine, benchVocoder } from './support/local-line.ts'
import { type LinesFigures, measureLines, printLines } from './support/local-lines.ts'
import { benchLlm } from './support/local-llm.ts'
import { benchOverlap, FULL_OVERLAP, QUICK_OVERLAP, serveShare } from './support/local-overlap.ts'
import {
  type ContextFigures,
  FULL_SPEECH,
  type MemoryUse,
  measureContexts,
  measureSpeech,
  printContexts,
  printSpeech,
  QUICK_SPEECH,
  type SpeechFigures,
} from './support/local-speech.ts'
import { ALLOCATOR_SETTINGS, measureParts, type PartsFigures, printParts } from './support/local-staged.ts'
import { matrixProductGflops, openMachineGauge, rateOf } from './support/machine-speed.ts'
import { printFigure, readable, withBest } from './support/measure.ts'

/**
 * The local model on this machine's processor: a checkpoint of official size (CosyVoice 3, random weights) converted, loaded
 * and run, beside the same networks as a plain export writes them and beside what the machine can do at most; then lines of
 * 2, 5 and 10 seconds through the app's own speaker. The promises stand in brackets; each way is measured in turns with the
 * others, and given as median and best.
 *
 *     node bench/local.ts                               needs 11 GB on the disk of the temporary folder
 *     node bench/local.ts --speech                      lines alone: time, first audio, memory
 *     node bench/local.ts --lines 200                   whether memory grows with lines; --staged: one part at a time
 *     node bench/local.ts --parts                       what stays in memory of parts that were closed
 *     node bench/local.ts --overlap                     whether two lines at once are faster; needs 8 GB of memory
 *     COSY_FULL_CHECKPOINT=<folder> node bench/local.ts a checkpoint that is there already
 *     COSY_FULL_BUNDLE=<folder> node bench/local.ts --speech
 *                                                       a bundle that is there already; not for the networks
 *     COSY_BENCH_QUICK=1 node bench/local.ts            a tiny checkpoint, in seconds; its figures say nothing
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    speech: { type: 'boolean', default: false },
    lines: { type: 'string' },
    staged: { type: 'boolean', default: false },
    parts: { type: 'boolean', default: false },
    overlap: { type: 'boolean', default: false },
  },
})
const [task, ...args] = positionals
const isQuick = process.env.COSY_BENCH_QUICK === '1' || flags.quick
const TINY_CHECKPOINT = path.resolve(import.meta.dirname, '../test/fixtures/cosyvoice3-tiny/checkpoint')
const SPEECH = isQuick ? QUICK_SPEECH : FULL_SPEECH
const OVERLAP = isQuick ? QUICK_OVERLAP : FULL_OVERLAP
const PARTS = { promptSec: SPEECH.promptSec, durationSec: SPEECH.lineSec[1] ?? 1, rounds: isQuick ? 1 : 3 }
const QUICK_FLAG = isQuick ? ['--quick'] : []

/** Memory is measured where nothing else has used any. */
const inFreshProcess = (taskAndArgs: readonly string[], env: Readonly<Record<string, string>> = {}): string =>
  execFileSync(process.execPath, [import.meta.filename, ...taskAndArgs, ...QUICK_FLAG], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })

const checkpointIn = (directory: string): string => {
  if (isQuick) return TINY_CHECKPOINT
  if (process.env.COSY_FULL_CHECKPOINT) return process.env.COSY_FULL_CHECKPOINT
  const made = path.join(directory, 'checkpoint')
  makeFullSizeCheckpoint(made)
  return made
}

const benchConversion = (checkpoint: string, out: string): void => {
  const { durationSec, peakRssMb, bundleMb }: ConversionFigures = JSON.parse(
    inFreshProcess(['convert', checkpoint, out]),
  )
  printFigure('conversion for processors, without the comparison, s', readable(durationSec))
  printFigure('conversion, peak RSS, MB', readable(peakRssMb))
  printFigure('bundle, MB', readable(bundleMb))
  const { loadMs, rssMb }: LoadFigures = JSON.parse(inFreshProcess(['load', out]))
  for (const [graph, milliseconds] of Object.entries(loadMs)) printFigure(`load ${graph}, ms`, readable(milliseconds))
  printFigure('load all, ms', readable(Object.values(loadMs).reduce((sum, milliseconds) => sum + milliseconds, 0)))
  printFigure('RSS with all loaded, MB', readable(rssMb))
}

const benchSpeech = (bundle: string): void => {
  for (const memory of ['resident', 'staged'] satisfies MemoryUse[]) {
    const figures: SpeechFigures = JSON.parse(inFreshProcess(['speech', bundle, memory]))
    printSpeech(memory, figures)
  }
  const contexts: ContextFigures = JSON.parse(inFreshProcess(['contexts', bundle]))
  printContexts(contexts, SPEECH.contexts)
}

const benchLines = (bundle: string, count: number, memory: MemoryUse): void => {
  const figures: LinesFigures = JSON.parse(inFreshProcess(['many', bundle, String(count), memory]))
  printLines(memory, figures)
}

const benchParts = (bundle: string): void => {
  for (const [setting, env] of Object.entries(ALLOCATOR_SETTINGS)) {
    const figures: PartsFigures = JSON.parse(inFreshProcess(['parts', bundle], env))
    printParts(setting, figures)
  }
}

/** What was asked for alone; false where nothing was. */
const benchWanted = async (bundle: () => string): Promise<boolean> => {
  const lines = Number(flags.lines ?? 0)
  if (!Number.isInteger(lines) || lines < 0) throw new Error(`--lines takes a number, not ${flags.lines}`)
  if (flags.speech) benchSpeech(bundle())
  if (lines > 0) benchLines(bundle(), lines, flags.staged ? 'staged' : 'resident')
  if (flags.parts) benchParts(bundle())
  if (flags.overlap) await benchOverlap(import.meta.filename, bundle(), OVERLAP, QUICK_FLAG)
  return flags.speech || lines > 0 || flags.parts || flags.overlap
}

const bench = async (size: LocalBenchSize): Promise<void> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cosy-bench-local-'))
  try {
    let made = process.env.COSY_FULL_BUNDLE
    const bundleInDirectory = (): string => {
      if (made !== undefined) return made
      made = path.join(directory, 'bundle')
      inFreshProcess(['convert', checkpointIn(directory), made])
      return made
    }
    if (await benchWanted(bundleInDirectory)) return

    const gaugeSize = isQuick
      ? { readMib: 64, passes: 2, arithmeticMs: 10 }
      : { readMib: 1024, passes: 5, arithmeticMs: 100 }
    await using gauge = await openMachineGauge(directory, gaugeSize)
    const speed = await gauge.measure()
    const [reading, fma] = [rateOf(speed.readGbPerSec), rateOf(speed.fmaGflops)]
    printFigure('machine measured by', gauge.method)
    printFigure('read bandwidth, GB/s', withBest(reading.middle, reading.best))
    printFigure(`FMA peak, fp32, ${speed.fmaForm}, GFLOPS`, withBest(fma.middle, fma.best))
    if (speed.int8Gops) {
      const int8 = rateOf(speed.int8Gops)
      printFigure(`peak, int8, ${speed.int8Form}, GOPS`, withBest(int8.middle, int8.best))
    }
    const products = rateOf(await matrixProductGflops(directory, { side: size.matrixSide, passes: gaugeSize.passes }))
    printFigure(`ONNX Runtime, fp32 product of ${size.matrixSide}³, GFLOPS`, withBest(products.middle, products.best))

    const checkpoint = checkpointIn(directory)
    const out = path.join(directory, 'bundle')
    benchConversion(checkpoint, out)
    await using networks = await openLocalNetworks(checkpoint)
    const local = { size, bundle: await openBundle(out), networks, gauge, directory, extraGraphs: new Map() }
    await benchLlm(local)
    await benchEstimator(local)
    await benchVocoder(local)
    await benchLine(local)
    benchSpeech(out)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const [first = '', second = '', third = ''] = args
const memoryOf = (text: string): MemoryUse => (text === 'staged' ? 'staged' : 'resident')
/** What a process of its own is started for; it prints one line of JSON. */
const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  convert: () => measureConversion(first, second),
  load: () => measureLoading(first),
  speech: () => measureSpeech(first, memoryOf(second), SPEECH),
  contexts: () => measureContexts(first, SPEECH.contexts),
  many: () => measureLines(first, Number(second), memoryOf(third)),
  parts: () => measureParts(first, PARTS),
}
if (task === 'share') await serveShare(first, second, Number(third), OVERLAP)
else if (task === undefined) await bench(isQuick ? QUICK_SIZE : FULL_SIZE)
else {
  const measure = TASKS[task]
  if (!measure) throw new Error(`there is no task ${task}`)
  console.log(JSON.stringify(await measure()))
}
