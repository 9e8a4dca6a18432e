import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  createSpeaker,
  type DeviceWish,
  leadInTokens,
  type ModelStages,
  NO_TRACE,
  openBundleModel,
  openNetwork,
  openTokenizer,
  type Speaker,
  type SpokenLine,
  type SpokenVoice,
  type TextLine,
  type Trace,
} from '../../src/main/cosyvoice/index.ts'
import { COPIED_FILES, type ModelDescription } from '../../src/main/model-bundle/index.ts'
import { FLOW_STEPS, someNumbers } from './local-bench.ts'
import { alternate, median, millisecondsOf, printFigure, readable, type Timing, timingOf, withBest } from './measure.ts'
import { forgetPeakMemory, type ProcessMemory, processMemory } from './process-memory.ts'

/** How much is spoken. */
export type SpeechSize = {
  readonly promptSec: number
  readonly lineSec: readonly number[]
  readonly repeats: number
  /** Short lines asked for together, as the queue does where one part of the model is in memory at a time. */
  readonly linesTogether: number
  /** Positions behind which decoding is compared. */
  readonly contexts: { readonly short: number; readonly long: number }
}
export const FULL_SPEECH: SpeechSize = {
  promptSec: 3,
  lineSec: [2, 5, 10],
  repeats: 3,
  linesTogether: 8,
  contexts: { short: 300, long: 1000 },
}
export const QUICK_SPEECH: SpeechSize = {
  promptSec: 0.4,
  lineSec: [0.4, 1.2],
  repeats: 1,
  linesTogether: 3,
  contexts: { short: 30, long: 100 },
}

const SPEAKER_SIZE = 192
/** Text tokens of the system's sentence and of a transcript of three seconds. */
const PROMPT_TEXT_TOKENS = 20
/** Speech tokens that a text token usually takes. */
const TOKENS_A_WORD = 7
const PROCESSOR: DeviceWish = 'cpu'

const SMALL_TOKENIZER = path.resolve(import.meta.dirname, '../../test/fixtures/tokenizer-small')
const REAL_TOKENIZER =
  process.env.COSY_TOKENIZER_DIR ?? path.resolve(import.meta.dirname, '../../../shared/fixtures/tokenizer')

/**
 * A bundle as the app opens it on a processor. A random checkpoint has no tokenizer: the tables that tests use stand in.
 * @param threads of each network; preset: the app's
 * @throws AppError as `openBundleModel`
 */
export const openBenchStages = async (directory: string, threads?: number): Promise<ModelStages> => {
  const stages = await openBundleModel(directory, {
    wish: PROCESSOR,
    certificates: [],
    open: (file, options) => openNetwork(file, threads === undefined ? options : { ...options, threads }),
  })
  const [vocabulary, merges] = COPIED_FILES.tokenizer
  const tables = existsSync(REAL_TOKENIZER) ? REAL_TOKENIZER : SMALL_TOKENIZER
  return {
    ...stages,
    openTokenizer: () =>
      openTokenizer({
        vocabFile: path.join(tables, vocabulary),
        mergesFile: path.join(tables, merges),
        architecture: stages.description.architecture,
      }),
  }
}

/** Ids below the given one, none of which stands for silence over and over. */
const someIds = (count: number, below: number): number[] =>
  Array.from({ length: count }, (_, index) => (101 * index + 7) % below)

const tokensIn = ({ flow, vocoder }: ModelDescription, durationSec: number): number =>
  Math.round((durationSec * vocoder.sampleRateHz) / (flow.framesPerToken * vocoder.samplesPerFrame))

/** A voice of random numbers, as long as a recording of `promptSec` gives for whole lines, or for streams. */
export const scriptedVoice = (
  { description, streamsInChunks }: Pick<ModelStages, 'description' | 'streamsInChunks'>,
  promptSec: number,
  isStreamed = false,
): SpokenVoice => {
  const recorded = tokensIn(description, promptSec)
  const tokens = recorded + (isStreamed && streamsInChunks ? leadInTokens(recorded, description.flow) : 0)
  const { speechCodes, framesPerToken, melBins } = description.flow
  return {
    promptTokens: someIds(tokens, speechCodes),
    promptMel: someNumbers(melBins * framesPerToken * tokens, 2),
    speaker: someNumbers(SPEAKER_SIZE, 3),
  }
}

export type ScriptedLine = { readonly line: SpokenLine; readonly trace: Trace }

/**
 * A line of exactly this length: random weights would never end one, so what is said is written down. The language model
 * still scores every token; only drawing from the scores is left out.
 */
export const scriptedLine = (
  description: ModelDescription,
  voice: SpokenVoice,
  durationSec: number,
  steps = FLOW_STEPS,
): ScriptedLine => {
  const forced = someIds(tokensIn(description, durationSec), description.flow.speechCodes)
  const words = Math.max(1, Math.round(forced.length / TOKENS_A_WORD))
  const ids = (count: number): number[] => someIds(count, description.llm.textVocabularySize)
  const [promptIds, textIds] = [ids(PROMPT_TEXT_TOKENS), ids(words)]
  const text = [...promptIds, ...textIds]
  const given: Readonly<Record<string, readonly number[]>> = { forced, text }
  return {
    line: { promptIds, textIds, voice, continuesPrompt: true, seed: 1, steps, speed: 1 },
    trace: { ...NO_TRACE, numbers: (name) => given[name] },
  }
}

export type HeardLine = { readonly tookMs: number; readonly firstAudioMs: number; readonly durationSec: number }

/** Speaks a scripted line through the app's own `Speaker`. @throws Error where the line has not the length that was written */
export const speakScripted = async (
  speaker: Speaker,
  { description }: ModelStages,
  { line, trace }: ScriptedLine,
  isStreamed: boolean,
): Promise<HeardLine> => {
  const asked: TextLine = {
    ...{ text: '好。', language: 'zh', normalises: true, isStreamed },
    ...{ voice: line.voice, seed: line.seed, steps: line.steps, speed: line.speed },
    prompt: { mode: 'zero-shot', transcript: '好。' },
  }
  const startedMs = performance.now()
  let firstAudioMs: number | undefined
  let samples = 0
  for await (const block of speaker.speak(asked, { signal: new AbortController().signal, traceOf: () => trace })) {
    firstAudioMs ??= performance.now() - startedMs
    samples += block.length
  }
  const tookMs = performance.now() - startedMs
  const { flow, vocoder } = description
  const expected = (trace.numbers('forced')?.length ?? 0) * flow.framesPerToken * vocoder.samplesPerFrame
  if (samples !== expected) throw new Error(`a line of ${expected} samples has ${samples}`)
  return { tookMs, firstAudioMs: firstAudioMs ?? tookMs, durationSec: samples / vocoder.sampleRateHz }
}

export type MemoryUse = 'resident' | 'staged'
type Way = 'whole' | 'streamed'
type SpokenLength = {
  readonly durationSec: number
  readonly tookMs: Partial<Record<Way, readonly number[]>>
  readonly firstAudioMs: Partial<Record<Way, readonly number[]>>
  readonly memory: ProcessMemory
}
export type SpeechFigures = {
  readonly loadMs: number
  /** Of the process before it opens anything. */
  readonly bare: ProcessMemory
  readonly loaded: ProcessMemory
  /** The first line of the process, whole. */
  readonly coldMs: number
  readonly lengths: readonly SpokenLength[]
  /** All of them, spoken as the queue asks for lines that wait together. */
  readonly together: { readonly tookMs: number; readonly durationSec: number } | undefined
}

/** Speaks lines of every length in a process that does nothing else, one way and the other in turns. */
export const measureSpeech = async (
  directory: string,
  memory: MemoryUse,
  { promptSec, lineSec, repeats, linesTogether }: SpeechSize,
): Promise<SpeechFigures> => {
  const bare = processMemory()
  const stages = await openBenchStages(directory)
  const voices = { whole: scriptedVoice(stages, promptSec), streamed: scriptedVoice(stages, promptSec, true) }
  await using speaker = createSpeaker({ stages, memory })
  const loadMs = await millisecondsOf(() => speaker.load(new AbortController().signal))
  const loaded = processMemory()
  const scripted = (durationSec: number, way: Way = 'whole'): ScriptedLine =>
    scriptedLine(stages.description, voices[way], durationSec)
  const [shortest = 0] = lineSec
  const { tookMs: coldMs } = await speakScripted(speaker, stages, scripted(shortest), false)

  const ways: readonly Way[] = memory === 'resident' ? ['whole', 'streamed'] : ['whole']
  const lengths: SpokenLength[] = []
  for (const durationSec of lineSec) {
    const tookMs: Partial<Record<Way, number[]>> = {}
    const firstAudioMs: Partial<Record<Way, number[]>> = {}
    forgetPeakMemory()
    const speak = (way: Way) => async () => {
      const heard = await speakScripted(speaker, stages, scripted(durationSec, way), way === 'streamed')
      tookMs[way] = [...(tookMs[way] ?? []), heard.tookMs]
      firstAudioMs[way] = [...(firstAudioMs[way] ?? []), heard.firstAudioMs]
      return heard.tookMs
    }
    await alternate(repeats, Object.fromEntries(ways.map((way) => [way, speak(way)])))
    lengths.push({ durationSec, tookMs, firstAudioMs, memory: processMemory() })
  }
  if (memory === 'resident') return { loadMs, bare, loaded, coldMs, lengths, together: undefined }
  const tookMs = await millisecondsOf(() =>
    Promise.all(Array.from({ length: linesTogether }, () => speakScripted(speaker, stages, scripted(shortest), false))),
  )
  return {
    ...{ loadMs, bare, loaded, coldMs, lengths },
    together: { tookMs, durationSec: linesTogether * shortest },
  }
}

export type ContextFigures = { readonly tokenMs: Record<'short' | 'long', readonly number[]> }

/** Tokens that one context decodes before it is the other's turn, and how many turns. */
const TURN_TOKENS = 10
const TURNS = 5

/** How long a token takes far into a text and near its beginning, in turns. */
export const measureContexts = async (
  directory: string,
  { short, long }: SpeechSize['contexts'],
): Promise<ContextFigures> => {
  const stages = await openBenchStages(directory)
  await using llm = await stages.openLlm()
  const decoderBehind = async (positions: number) => {
    const decoder = llm.decoder()
    await decoder.forward(await llm.speech(someIds(positions, stages.description.flow.speechCodes)))
    return decoder
  }
  using near = await decoderBehind(short)
  using far = await decoderBehind(long)
  const row = await llm.speech([1])
  const decode = (decoder: typeof near) => async () => {
    const took: number[] = []
    for (let token = 0; token < TURN_TOKENS; token++) took.push(await millisecondsOf(() => decoder.forward(row)))
    return took
  }
  const timings = await alternate(TURNS, { short: decode(near), long: decode(far) })
  return { tokenMs: { short: timings.short.durationsMs, long: timings.long.durationsMs } }
}

const inAudio = (took: readonly number[], durationSec: number): string => {
  const { medianMs, bestMs }: Timing = timingOf(took)
  return withBest(medianMs / 1000 / durationSec, bestMs / 1000 / durationSec)
}
const inSeconds = (took: readonly number[]): string => {
  const { medianMs, bestMs } = timingOf(took)
  return withBest(medianMs / 1000, bestMs / 1000)
}
/** Resident memory, and how much of it is not pages of files. */
export const memoryText = ({ rssMb, anonymousMb }: Pick<ProcessMemory, 'rssMb' | 'anonymousMb'>): string =>
  anonymousMb === undefined ? readable(rssMb) : `${readable(rssMb)} (anonymous ${readable(anonymousMb)})`

const RESIDENT_GOALS = { rss: '1200', firstAudio: 'warm, <= 2.5' }
const STAGED_GOALS = { rss: '700' }

/** Prints what `measureSpeech` saw. */
export const printSpeech = (memory: MemoryUse, figures: SpeechFigures): void => {
  const { loadMs, bare, loaded, coldMs, lengths, together } = figures
  const goal = memory === 'resident' ? RESIDENT_GOALS.rss : STAGED_GOALS.rss
  printFigure(`speech, ${memory}, RSS of the bare process, MB`, memoryText(bare))
  const what = memory === 'resident' ? 'all stages' : 'the language model'
  printFigure(`speech, ${memory}, load ${what}, s`, readable(loadMs / 1000))
  printFigure(`speech, ${memory}, RSS with ${what} loaded, MB`, memoryText(loaded))
  printFigure(`speech, ${memory}, peak RSS while loading, MB (<= ${goal})`, readable(loaded.peakRssMb))
  printFigure(`speech, ${memory}, first line of a process, ${lengths[0]?.durationSec} s, s`, readable(coldMs / 1000))
  for (const { durationSec, tookMs, firstAudioMs, memory: after } of lengths) {
    const line = `speech, ${memory}, ${durationSec} s`
    for (const way of ['whole', 'streamed'] as const) {
      const took = tookMs[way]
      if (took) printFigure(`${line}, ${way}, RTF${way === 'whole' ? ' (<= 1.6)' : ''}`, inAudio(took, durationSec))
    }
    if (firstAudioMs.streamed)
      printFigure(`${line}, streamed, first audio, s (${RESIDENT_GOALS.firstAudio})`, inSeconds(firstAudioMs.streamed))
    printFigure(`${line}, peak RSS, MB (<= ${goal})`, readable(after.peakRssMb))
    printFigure(`${line}, RSS afterwards, MB`, memoryText(after))
  }
  if (together) {
    const rtf = together.tookMs / 1000 / together.durationSec
    printFigure(
      `speech, ${memory}, ${readable(together.durationSec)} s in lines asked for together, RTF`,
      readable(rtf),
    )
  }
}

/** Prints what `measureContexts` saw. */
export const printContexts = ({ tokenMs }: ContextFigures, { short, long }: SpeechSize['contexts']): void => {
  const [near, far] = [timingOf(tokenMs.short), timingOf(tokenMs.long)]
  printFigure(`a token at ${short}, ms`, withBest(near.medianMs, near.bestMs))
  printFigure(`a token at ${long}, ms`, withBest(far.medianMs, far.bestMs))
  const turns = Array.from({ length: TURNS }, (_, turn) => {
    const ofTurn = ({ durationsMs }: Timing): number =>
      median(durationsMs.slice(turn * TURN_TOKENS, (turn + 1) * TURN_TOKENS))
    return ofTurn(far) / ofTurn(near)
  })
  printFigure(`a token at ${long}, to one at ${short} (<= 1.4)`, withBest(median(turns), far.bestMs / near.bestMs))
}
