import { AppError, sampleRateSchema } from '../../shared/kernel/index.ts'
import { readAudio } from '../audio-file/index.ts'
import {
  extractPromptFeatures,
  folderTrace,
  layoutPrompt,
  openFlow,
  openLlm,
  openPromptNetworks,
  openTokenizer,
  openVocoder,
  PROMPT_LIMITS,
  type PromptMode,
  type SpokenLine,
  type SpokenVoice,
  speakStream,
  speakWhole,
  type Trace,
} from '../cosyvoice/index.ts'
import { writeWav } from '../export/index.ts'
import { type Bundle, openBundle } from '../model-bundle/index.ts'
import type { Reporter } from './reporter.ts'

export type SayFlags = {
  model: string
  text: string
  out: string
  mode: PromptMode['mode']
  prompt?: string
  promptText?: string
  instruct?: string
  seed: string
  steps: string
  speed: string
  stream?: boolean
  trace?: string
  given?: string
}

const usage = (detail: string): AppError =>
  new AppError('usage.invalid', { params: { detail }, remedies: ['see-help'] })

const numberOf = (flag: string, text: string, isRight: (value: number) => boolean): number => {
  const value = Number(text)
  if (text.trim() !== '' && isRight(value)) return value
  throw usage(`--${flag} ${text}`)
}

const modeOf = ({ mode, promptText, instruct }: SayFlags): PromptMode => {
  if (mode === 'zero-shot') {
    if (promptText === undefined) throw usage('--mode zero-shot needs --prompt-text, the words of the recording')
    return { mode, transcript: promptText }
  }
  if (mode === 'instruct') {
    if (!instruct?.trim()) throw usage('--mode instruct needs --instruct')
    return { mode, instruct }
  }
  return { mode }
}

/** The voice of a recording, or nothing of it where a trace gives what the stages ask for. */
const voiceOf = async (
  bundle: Bundle,
  { prompt }: SayFlags,
  trace: Trace,
  signal: AbortSignal,
): Promise<SpokenVoice> => {
  if (prompt === undefined) {
    const [promptTokens, promptMel, speaker] = [
      trace.numbers('prompt_token'),
      trace.floats('prompt_feat'),
      trace.floats('embedding'),
    ]
    if (promptTokens && promptMel && speaker) return { promptTokens, promptMel, speaker }
    throw usage('--prompt, a recording of the voice, is missing')
  }
  const audio = await readAudio(prompt, { longestSec: PROMPT_LIMITS.longestSec + 1, signal })
  const { architecture, flow } = bundle.manifest.model
  await using networks = await openPromptNetworks(bundle.directory, { architecture, speechCodes: flow.speechCodes })
  const { speechTokens, mel, speaker } = await extractPromptFeatures(audio, { architecture, signal, ...networks })
  return { promptTokens: speechTokens, promptMel: mel, speaker }
}

const textOf = async (bundle: Bundle, flags: SayFlags, trace: Trace) => {
  const given = trace.numbers('text')
  if (given) return { promptIds: [], textIds: given, continuesPrompt: true }
  const tokenizer = await openTokenizer({
    vocabFile: bundle.pathOf('vocab.json'),
    mergesFile: bundle.pathOf('merges.txt'),
    architecture: bundle.manifest.model.architecture,
  })
  const { promptIds, textIds, usesPromptSpeech } = layoutPrompt(tokenizer, { ...modeOf(flags), text: flags.text })
  return { promptIds, textIds, continuesPrompt: usesPromptSpeech }
}

const joined = (blocks: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const block of blocks) {
    all.set(block, at)
    at += block.length
  }
  return all
}

/**
 * `cosy say`: speaks one line with a converted model, on this machine.
 * @throws AppError `usage.invalid`, `model.*`, `voice.prompt-*`, `export.*`. AppCancel
 */
export const sayCommand = async (flags: SayFlags, reporter: Reporter, signal: AbortSignal): Promise<void> => {
  const bundle = await openBundle(flags.model)
  const description = bundle.manifest.model
  const trace = folderTrace({ given: flags.given, kept: flags.trace })
  const speed = numberOf('speed', flags.speed, (value) => value >= 0.5 && value <= 2)
  if (flags.stream && speed !== 1) throw usage('--stream has its own speed; leave --speed out')
  const { stepCounts } = description.flow.modulation
  const line: SpokenLine = {
    ...(await textOf(bundle, flags, trace)),
    voice: await voiceOf(bundle, flags, trace, signal),
    seed: numberOf('seed', flags.seed, (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32),
    steps: numberOf('steps', flags.steps, (value) => stepCounts.includes(value)),
    speed,
  }
  const folder = { directory: bundle.directory, description }
  await using llm = await openLlm(folder)
  await using flow = await openFlow(folder)
  await using vocoder = await openVocoder(folder)
  const model = { description, llm, flow, vocoder }

  const startedMs = performance.now()
  let firstSoundMs: number | undefined
  const blocks: Float32Array[] = []
  const job = {
    signal,
    trace,
    onProblem: (problem: string) => reporter.say('problem', { problem }, `The line is ${problem}.`),
  }
  if (flags.stream)
    for await (const block of speakStream(model, line, job)) {
      firstSoundMs ??= performance.now() - startedMs
      blocks.push(block)
    }
  else blocks.push(await speakWhole(model, line, job))
  const tookSec = (performance.now() - startedMs) / 1000
  const pcm = joined(blocks)
  const sampleRateHz = sampleRateSchema.parse(description.vocoder.sampleRateHz)
  writeWav(flags.out, pcm, sampleRateHz)
  const durationSec = pcm.length / sampleRateHz
  const first = firstSoundMs === undefined ? '' : `, first sound after ${(firstSoundMs / 1000).toFixed(2)} s`
  reporter.say(
    'said',
    { file: flags.out, durationSec, tookSec, rtf: tookSec / durationSec, firstSoundMs },
    `${flags.out}: ${durationSec.toFixed(2)} s in ${tookSec.toFixed(2)} s (RTF ${(tookSec / durationSec).toFixed(2)}${first})`,
  )
}
