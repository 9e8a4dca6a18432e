import {
  float32Of,
  memoryShapeOf,
  networkTensor,
  nothingRemembered,
  timeSchedule,
} from '../../src/main/cosyvoice/index.ts'
import type { DitTensors, LinearKind } from '../../src/main/networks/index.ts'
import {
  FLOW_STEPS,
  type LocalBench,
  openBundleGraph,
  openExtraGraph,
  relativeError,
  someNumbers,
} from './local-bench.ts'
import { type MachineSpeed, rateOf, together } from './machine-speed.ts'
import { alternate, millisecondsOf, printFigure, speedUp, withBest } from './measure.ts'
import { runPlainEstimator } from './plain-networks.ts'

/** Additions and multiplications of one call for one row of a batch: every weight once a frame, and the attention. */
const estimatorFlops = ({ width, melBins, blocks, positionConvolutions }: DitTensors, frames: number): number => {
  const sizeOf = ({ weight: { shape } }: { weight: { shape: readonly number[] } }): number =>
    shape.reduce((product, size) => product * size, 1)
  // The speaker's quarter of the input is added once a line, not once a frame.
  const weights = [
    3 * melBins * width,
    ...positionConvolutions.map(sizeOf),
    ...blocks.flatMap((block) =>
      [block.queryKeyValue, block.attentionOutput, block.feedForwardIn, block.feedForwardOut].map(sizeOf),
    ),
    width * melBins,
  ].reduce((sum, size) => sum + size, 0)
  const attention = 2 * frames * width * blocks.length
  return 2 * frames * (weights + attention)
}

/** One call of the estimator, in the forms of the app one row at a time, and plain with two rows as exported, and with one. */
export const benchEstimator = async (bench: LocalBench): Promise<void> => {
  const { size, networks, gauge } = bench
  const { estimator } = networks
  const { melBins } = estimator
  const { rows, width } = networks.flow.modulation
  const { times } = timeSchedule(FLOW_STEPS)
  const step = Math.floor(FLOW_STEPS / 2)
  const time = times[step] ?? 0
  const modulationOf = async (weights: LinearKind) =>
    networkTensor(await networks.flow.estimator('estimator', weights).modulation(Float32Array.of(time)), [rows, width])
  const modulations = { int8: await modulationOf('int8-rows'), fp32: await modulationOf('float32') }
  await using stack = new AsyncDisposableStack()
  const int8 = stack.use(await openBundleGraph(bench.bundle, 'estimator'))
  const float = stack.use(await openExtraGraph(bench, 'estimatorFloat'))
  const plain = stack.use(await openExtraGraph(bench, 'plainEstimator'))

  let speed: MachineSpeed = await gauge.measure()
  for (const frames of size.estimatorFrames) {
    const mel = (seed: number, batch: number) => someNumbers(batch * melBins * frames, seed)
    const [x, mu, cond, spks] = [mel(1, 1), mel(2, 1), mel(3, 1), someNumbers(melBins, 4)] as const
    const own = async (weights: 'int8' | 'fp32'): Promise<Float32Array> => {
      const network = weights === 'int8' ? int8 : float
      const memory = memoryShapeOf(network)
      const inputs = {
        ...(memory && nothingRemembered(memory)),
        x: networkTensor(x, [1, melBins, frames]),
        mu: networkTensor(mu, [1, melBins, frames]),
        cond: networkTensor(cond, [1, melBins, frames]),
        spks: networkTensor(spks, [1, melBins]),
        modulation: modulations[weights],
        attention_bias: networkTensor(new Float32Array(frames ** 2), [1, 1, frames, frames]),
      }
      const outputs = await network.run(inputs, ['velocity'])
      return float32Of(outputs.velocity)
    }
    const pair = { x: mel(1, 2), mu: mel(2, 2), cond: mel(3, 2), spks: someNumbers(2 * melBins, 4) }
    const plainTwo = () => runPlainEstimator(plain, { ...pair, time, frames, batch: 2 })
    const plainOne = () => runPlainEstimator(plain, { x, mu, cond, spks, time, frames, batch: 1 })

    const expected = await own('fp32')
    printFigure(
      `velocity at ${frames} frames, plain and own fp32 differ by (< 1e-4)`,
      relativeError(await plainOne(), expected).toExponential(1),
    )
    printFigure(
      `velocity at ${frames} frames, int8 and own fp32 differ by`,
      relativeError(await own('int8'), expected).toExponential(1),
    )
    await plainTwo()
    const timings = await alternate(size.repeats, {
      int8: () => millisecondsOf(() => own('int8')),
      fp32: () => millisecondsOf(() => own('fp32')),
      'plain, two rows': () => millisecondsOf(plainTwo),
      'plain, one row': () => millisecondsOf(plainOne),
    })
    const { int8: quick, fp32, 'plain, two rows': two, 'plain, one row': one } = timings
    for (const [way, { medianMs, bestMs }] of Object.entries(timings))
      printFigure(`estimator, ${frames} frames, ${way}, ms`, withBest(medianMs, bestMs))
    for (const [what, { middle, best }] of [
      ['int8 to plain with two rows (>= 2.5)', speedUp(quick, two, 0.5)],
      ['int8 to plain with one row', speedUp(quick, one)],
      ['fp32 to plain with two rows', speedUp(fp32, two, 0.5)],
      ['fp32 to plain with one row', speedUp(fp32, one)],
    ] as const)
      printFigure(`estimator, ${frames} frames, ${what}`, withBest(middle, best))
    speed = together(speed, await gauge.measure())
    const peak = rateOf(speed.fmaGflops)
    const gflops = (milliseconds: number): number => estimatorFlops(estimator, frames) / 1e6 / milliseconds
    printFigure(`estimator, ${frames} frames, fp32, GFLOPS`, withBest(gflops(fp32.medianMs), gflops(fp32.bestMs)))
    printFigure(`estimator, ${frames} frames, int8, GOPS`, withBest(gflops(quick.medianMs), gflops(quick.bestMs)))
    printFigure(
      `estimator, ${frames} frames, fp32, % of FMA peak (>= 55)`,
      withBest((100 * gflops(fp32.medianMs)) / peak.middle, (100 * gflops(fp32.bestMs)) / peak.best),
    )
  }
  const peak = rateOf(speed.fmaGflops)
  printFigure('FMA peak around the above, GFLOPS', withBest(peak.middle, peak.best))
}
