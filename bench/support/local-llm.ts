import { statSync } from 'node:fs'
import { createLlmDecoder, type LlmDecoder } from '../../src/main/cosyvoice/index.ts'
import { BUNDLE_GRAPHS } from '../../src/main/model-bundle/index.ts'
import { graphFiles } from '../../src/main/onnx/index.ts'
import {
  decodeToken,
  type LocalBench,
  openBundleGraph,
  openExtraGraph,
  readSpeechTable,
  relativeError,
  type SpeechTable,
} from './local-bench.ts'
import { rateOf, together } from './machine-speed.ts'
import { alternate, millisecondsOf, printFigure, readable, speedUp, type Timing, withBest } from './measure.ts'
import { createPlainLlmDecoder } from './plain-networks.ts'

/** Tokens that one way decodes before it is the next one's turn. */
const TURN_TOKENS = 10

const WAYS = ['8-bit', '4-bit', 'fp32', 'plain'] as const
type Way = (typeof WAYS)[number]
type Decoders = Record<Way, LlmDecoder>

const byWay = <T>(of: (way: Way) => T): Record<Way, T> =>
  ({ '8-bit': of('8-bit'), '4-bit': of('4-bit'), fp32: of('fp32'), plain: of('plain') }) satisfies Record<Way, T>

/** Tokens a second. */
const rate = (milliseconds: number): number => 1000 / milliseconds

const printRates = (what: string, timings: Record<Way, Timing>): void => {
  for (const way of WAYS)
    printFigure(`${what}, ${way}, tokens/s`, withBest(rate(timings[way].medianMs), rate(timings[way].bestMs)))
}

/** How long each decoder takes for each token that it adds, in turns. */
const decodeInTurns = (decoders: Decoders, table: SpeechTable, tokens: number): Promise<Record<Way, Timing>> => {
  const next = byWay(() => 0)
  const turns = Math.ceil(tokens / TURN_TOKENS)
  return alternate(
    turns,
    byWay((way) => async () => {
      const took: number[] = []
      for (let token = 0; token < Math.min(TURN_TOKENS, tokens); token++)
        took.push(
          await millisecondsOf(async () => {
            next[way] = await decodeToken(decoders[way], table, next[way])
          }),
        )
      return took
    }),
  )
}

/** The language model: prompt, decoding behind it and far behind it, in four forms. */
export const benchLlm = async (bench: LocalBench): Promise<void> => {
  const { size, bundle, networks, gauge } = bench
  const description = bundle.manifest.model.llm
  const table = await readSpeechTable(bundle)
  await using stack = new AsyncDisposableStack()
  const int8 = stack.use(await openBundleGraph(bundle, 'llm'))
  const int4 = stack.use(await openExtraGraph(bench, 'llmInt4'))
  const float = stack.use(await openExtraGraph(bench, 'llmFloat'))
  const body = stack.use(await openExtraGraph(bench, 'plainLlm'))
  const head = stack.use(await openExtraGraph(bench, 'plainHead'))
  const begin: Record<Way, () => LlmDecoder> = {
    '8-bit': () => createLlmDecoder(int8, description),
    '4-bit': () => createLlmDecoder(int4, { ...description, weights: 'int4' }),
    fp32: () => createLlmDecoder(float, { ...description, weights: 'fp32' }),
    plain: () => createPlainLlmDecoder(body, head, networks.llm),
  }
  const before = await gauge.measure()

  const logits = new Map<Way, Float32Array>()
  let decoders = byWay((way) => begin[way]())
  const prompt = table.prompt(size.promptPositions)
  const prefill = await alternate(
    size.repeats,
    byWay((way) => async () => {
      decoders = { ...decoders, [way]: begin[way]() }
      return millisecondsOf(async () => logits.set(way, await decoders[way].forward(prompt)))
    }),
  )
  for (const way of WAYS)
    printFigure(`prefill of ${size.promptPositions}, ${way}, ms`, withBest(prefill[way].medianMs, prefill[way].bestMs))
  const plainLogits = logits.get('plain') ?? new Float32Array(0)
  printFigure(
    'logits, plain and own fp32 differ by (< 1e-4)',
    relativeError(plainLogits, logits.get('fp32') ?? plainLogits).toExponential(1),
  )

  const decoding = await decodeInTurns(decoders, table, size.spokenTokens)
  const places = `${size.promptPositions}-${size.promptPositions + size.spokenTokens}`
  printRates(`decode at ${places}`, decoding)

  decoders = byWay((way) => begin[way]())
  const longPrompt = table.prompt(size.longPositions)
  for (const way of WAYS) await decoders[way].forward(longPrompt)
  const longDecoding = await decodeInTurns(decoders, table, size.longTokens)
  printRates(`decode at ${size.longPositions}`, longDecoding)

  for (const [where, timings] of [
    [`at ${places} (>= 2.5)`, decoding],
    [`at ${size.longPositions}`, longDecoding],
  ] as const) {
    const { middle, best } = speedUp(timings['8-bit'], timings.plain)
    printFigure(`decode, 8-bit to plain, ${where}`, withBest(middle, best))
  }

  const speed = together(before, await gauge.measure())
  const reading = rateOf(speed.readGbPerSec)
  const ropeBytes = networks.llm.positions * networks.llm.headSize * Float32Array.BYTES_PER_ELEMENT
  const weightsFile = bundle.pathOf(graphFiles(BUNDLE_GRAPHS.llm).weights)
  const bytes = statSync(weightsFile).size - ropeBytes
  const bound = (gbPerSec: number): number => (1e9 * gbPerSec) / bytes
  printFigure('read bandwidth around the above, GB/s', withBest(reading.middle, reading.best))
  printFigure('weights read for a token, 8-bit, MB', readable(bytes / 1e6))
  printFigure('bound by bandwidth, 8-bit, tokens/s', withBest(bound(reading.middle), bound(reading.best)))
  const share = (milliseconds: number, gbPerSec: number): number => (100 * rate(milliseconds)) / bound(gbPerSec)
  printFigure(
    'share of that bound, 8-bit, % (>= 45)',
    withBest(share(decoding['8-bit'].medianMs, reading.middle), share(decoding['8-bit'].bestMs, reading.best)),
  )
}
