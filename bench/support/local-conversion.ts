import path from 'node:path'
import { BUNDLE_GRAPHS, type BundleGraph, openBundle } from '../../src/main/model-bundle/index.ts'
import { convertWith } from '../../src/main/model-converter/index.ts'
import { openBundleGraph } from './local-bench.ts'
import { median, millisecondsOf } from './measure.ts'

export type ConversionFigures = { durationSec: number; peakRssMb: number; bundleMb: number }

/** Converts a checkpoint for processors, in a process that does nothing else. The comparison with the checkpoint is left out. */
export const measureConversion = async (checkpoint: string, outDirectory: string): Promise<ConversionFigures> => {
  const convert = convertWith({ isInt8Exact: () => true, verifyConversion: async () => ({ graphs: [] }) })
  const durationMs = await millisecondsOf(() =>
    convert(
      { checkpointDirectory: checkpoint, outDirectory, precision: 'cpu', verify: false },
      { signal: new AbortController().signal, onBytesRead: () => undefined, progress: () => undefined },
    ),
  )
  const { manifest } = await openBundle(outDirectory)
  return {
    durationSec: durationMs / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    bundleMb: manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e6,
  }
}

const REPEATS = 3

export type LoadFigures = { loadMs: Partial<Record<BundleGraph, number>>; rssMb: number }

/** Loads the graphs of a bundle, in a process that does nothing else: all at once for their memory, then each three times. */
export const measureLoading = async (bundleDirectory: string): Promise<LoadFigures> => {
  const bundle = await openBundle(path.resolve(bundleDirectory))
  const graphs = Object.keys(BUNDLE_GRAPHS) as BundleGraph[]
  const open = (graph: BundleGraph) => openBundleGraph(bundle, graph)
  const loadMs: LoadFigures['loadMs'] = {}
  let rssMb = 0
  {
    await using stack = new AsyncDisposableStack()
    for (const graph of graphs) stack.use(await open(graph))
    rssMb = process.memoryUsage.rss() / 2 ** 20
  }
  for (const graph of graphs) {
    const took: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const startedMs = performance.now()
      await using _network = await open(graph)
      took.push(performance.now() - startedMs)
    }
    loadMs[graph] = median(took)
  }
  return { loadMs, rssMb }
}
