import {
  createLlmDecoder,
  type DecoderInput,
  type Flow,
  type LlmDecoder,
  type Network,
  synthesise,
  vocoderNetworks,
} from '../../src/main/cosyvoice/index.ts'
import {
  decodeToken,
  FLOW_STEPS,
  flowOf,
  type LocalBench,
  openBundleGraph,
  openExtraGraph,
  readSpeechTable,
  relativeError,
  type SpeechTable,
  someNumbers,
} from './local-bench.ts'
import { alternate, millisecondsOf, printFigure, speedUp, type Timing, timingOf, withBest } from './measure.ts'
import { asFlowEstimator, createPlainLlmDecoder } from './plain-networks.ts'

const SPEAKER_SIZE = 192
/** Level of a mel that is neither silence nor noise. */
const MEL_LEVEL = 3

const inAudio = (timing: Timing, durationSec: number): string =>
  withBest(timing.medianMs / 1000 / durationSec, timing.bestMs / 1000 / durationSec)

/** Mel to sound: the decoder alone, then everything from pitch to samples. */
export const benchVocoder = async (bench: LocalBench): Promise<void> => {
  const { bundle, size } = bench
  const description = bundle.manifest.model.vocoder
  await using stack = new AsyncDisposableStack()
  const pitch = stack.use(await openBundleGraph(bundle, 'pitch'))
  const own = vocoderNetworks(pitch, stack.use(await openBundleGraph(bundle, 'vocoder')), description)
  const plain = vocoderNetworks(pitch, stack.use(await openExtraGraph(bench, 'plainVocoder')), description)
  const frames = size.spokenTokens * bundle.manifest.model.flow.framesPerToken
  const durationSec = (frames * description.samplesPerFrame) / description.sampleRateHz
  const mel = someNumbers(description.melBins * frames, 1).map((value) => MEL_LEVEL * value)

  let heard: DecoderInput | undefined
  const all = (networks: typeof own) => () =>
    synthesise({
      mel,
      seed: 0,
      description,
      predictF0: networks.predictF0,
      decode: (input) => {
        heard = input
        return networks.decode(input)
      },
    })
  const difference = relativeError(await all(plain)(), await all(own)())
  const input = heard
  if (!input) throw new Error('the vocoder never asked its decoder')
  printFigure('samples, plain and own vocoder differ by (< 1e-4)', difference.toExponential(1))
  const timings = await alternate(size.repeats, {
    decoder: () => millisecondsOf(() => own.decode(input)),
    'decoder, plain': () => millisecondsOf(() => plain.decode(input)),
    'mel to samples': () => millisecondsOf(all(own)),
    'mel to samples, plain': () => millisecondsOf(all(plain)),
  })
  const length = `${durationSec.toFixed(2)} s`
  printFigure(`HiFT ${length}, decoder, RTF (<= 0.2)`, inAudio(timings.decoder, durationSec))
  printFigure(`HiFT ${length}, decoder, plain, RTF`, inAudio(timings['decoder, plain'], durationSec))
  printFigure(`HiFT ${length}, mel to samples, RTF`, inAudio(timings['mel to samples'], durationSec))
  printFigure(`HiFT ${length}, mel to samples, plain, RTF`, inAudio(timings['mel to samples, plain'], durationSec))
}

/** What a line is spoken with. */
type Speaker = {
  readonly begin: () => LlmDecoder
  readonly flow: () => Promise<Flow>
  readonly vocoder: ReturnType<typeof vocoderNetworks>
}

type LineTimes = { prefillMs: number; decodeMs: number; flowMs: number; vocoderMs: number; samples: number }

const speakLine = async (
  { bundle, size }: LocalBench,
  table: SpeechTable,
  { begin, flow, vocoder }: Speaker,
): Promise<LineTimes> => {
  const { model } = bundle.manifest
  const { melBins, framesPerToken, speechCodes } = model.flow
  const promptTokens = Array.from({ length: size.promptTokens }, (_, index) => (37 * index) % speechCodes)
  const promptMel = someNumbers(melBins * framesPerToken * size.promptTokens, 2)
  const speaker = someNumbers(SPEAKER_SIZE, 3)
  const prompt = table.prompt(size.promptPositions)
  const readyFlow = await flow()
  const decoder = begin()

  const spoken: number[] = []
  const prefillMs = await millisecondsOf(() => decoder.forward(prompt))
  const decodeMs = await millisecondsOf(async () => {
    let token = 0
    for (let count = 0; count < size.spokenTokens; count++) {
      token = await decodeToken(decoder, table, token)
      spoken.push(token % speechCodes)
    }
  })
  let mel = new Float32Array(0)
  const flowMs = await millisecondsOf(async () => {
    mel = await readyFlow.render({
      tokens: [...promptTokens, ...spoken],
      promptMel,
      speaker,
      steps: FLOW_STEPS,
      isFinal: true,
    })
  })
  let samples = new Float32Array(0)
  const vocoderMs = await millisecondsOf(async () => {
    samples = await synthesise({ mel, seed: 0, description: model.vocoder, ...vocoder })
  })
  return { prefillMs, decodeMs, flowMs, vocoderMs, samples: samples.length }
}

/** A whole line from embeddings to samples, as the app speaks it and with the plain graphs. */
export const benchLine = async (bench: LocalBench): Promise<void> => {
  const { bundle, networks, size } = bench
  const { model } = bundle.manifest
  const table = await readSpeechTable(bundle)
  await using stack = new AsyncDisposableStack()
  const open = async (network: Promise<Network>): Promise<Network> => stack.use(await network)
  const front = await open(openBundleGraph(bundle, 'flowFront'))
  const pitch = await open(openBundleGraph(bundle, 'pitch'))
  const llm = await open(openBundleGraph(bundle, 'llm'))
  const flow = await flowOf(bundle, front, await open(openBundleGraph(bundle, 'estimator')))
  const own: Speaker = {
    begin: () => createLlmDecoder(llm, model.llm),
    flow: async () => flow,
    vocoder: vocoderNetworks(pitch, await open(openBundleGraph(bundle, 'vocoder')), model.vocoder),
  }
  const body = await open(openExtraGraph(bench, 'plainLlm'))
  const head = await open(openExtraGraph(bench, 'plainHead'))
  const estimator = await open(openExtraGraph(bench, 'plainEstimator'))
  const plain: Speaker = {
    begin: () => createPlainLlmDecoder(body, head, networks.llm),
    flow: () => flowOf(bundle, front, asFlowEstimator(estimator, FLOW_STEPS)),
    vocoder: vocoderNetworks(pitch, await open(openExtraGraph(bench, 'plainVocoder')), model.vocoder),
  }

  const lines = { own: [] as LineTimes[], plain: [] as LineTimes[] }
  const speak = (whose: 'own' | 'plain', speaker: Speaker) => async () => {
    const line = await speakLine(bench, table, speaker)
    lines[whose].push(line)
    return line.prefillMs + line.decodeMs + line.flowMs + line.vocoderMs
  }
  const totals = await alternate(size.lineRepeats, { own: speak('own', own), plain: speak('plain', plain) })

  const durationSec = (lines.own[0]?.samples ?? 0) / model.vocoder.sampleRateHz
  const length = `line of ${durationSec.toFixed(2)} s`
  for (const whose of ['own', 'plain'] as const) {
    for (const stage of ['prefillMs', 'decodeMs', 'flowMs', 'vocoderMs'] as const) {
      const { medianMs, bestMs } = timingOf(lines[whose].map((line) => line[stage]))
      printFigure(`${length}, ${whose}, ${stage.slice(0, -2)}, s`, withBest(medianMs / 1000, bestMs / 1000))
    }
    printFigure(`${length}, ${whose}, total, s`, withBest(totals[whose].medianMs / 1000, totals[whose].bestMs / 1000))
  }
  printFigure(`${length}, own, RTF (<= 1.5)`, inAudio(totals.own, durationSec))
  printFigure(`${length}, plain, RTF`, inAudio(totals.plain, durationSec))
  const { middle, best } = speedUp(totals.own, totals.plain)
  printFigure(`${length}, own to plain (>= 2.4)`, withBest(middle, best))
}
