import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
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
import { benchLlm } from './support/local-llm.ts'
import { matrixProductGflops, openMachineGauge, rateOf } from './support/machine-speed.ts'
import { printFigure, readable, withBest } from './support/measure.ts'

/**
 * The local model on this machine's processor: a checkpoint of official size (CosyVoice 3, random weights) converted, loaded
 * and run, beside the same networks as a plain export writes them and beside what the machine can do at most. The promises
 * are ratios and stand in brackets; each way is measured in turns with the others, and given as median and best.
 *
 *     node bench/local.ts                               needs 11 GB on the disk of the temporary folder
 *     COSY_FULL_CHECKPOINT=<folder> node bench/local.ts a checkpoint that is there already
 *     COSY_BENCH_QUICK=1 node bench/local.ts            a tiny checkpoint, in seconds; its figures say nothing
 */
const [task, ...args] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const isQuick = process.env.COSY_BENCH_QUICK === '1' || process.argv.includes('--quick')
const TINY_CHECKPOINT = path.resolve(import.meta.dirname, '../test/fixtures/cosyvoice3-tiny/checkpoint')

/** Memory is measured where nothing else has used any. */
const inFreshProcess = (...taskAndArgs: string[]): string =>
  execFileSync(process.execPath, [import.meta.filename, ...taskAndArgs], {
    encoding: 'utf8',
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
  const { durationSec, peakRssMb, bundleMb }: ConversionFigures = JSON.parse(inFreshProcess('convert', checkpoint, out))
  printFigure('conversion for processors, without the comparison, s', readable(durationSec))
  printFigure('conversion, peak RSS, MB', readable(peakRssMb))
  printFigure('bundle, MB', readable(bundleMb))
  const { loadMs, rssMb }: LoadFigures = JSON.parse(inFreshProcess('load', out))
  for (const [graph, milliseconds] of Object.entries(loadMs)) printFigure(`load ${graph}, ms`, readable(milliseconds))
  printFigure('load all, ms', readable(Object.values(loadMs).reduce((sum, milliseconds) => sum + milliseconds, 0)))
  printFigure('RSS with all loaded, MB', readable(rssMb))
}

const bench = async (size: LocalBenchSize): Promise<void> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cosy-bench-local-'))
  try {
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
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const [first = '', second = ''] = args
if (task === 'convert') console.log(JSON.stringify(await measureConversion(first, second)))
else if (task === 'load') console.log(JSON.stringify(await measureLoading(first)))
else await bench(isQuick ? QUICK_SIZE : FULL_SIZE)
