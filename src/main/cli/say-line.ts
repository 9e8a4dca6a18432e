import { existsSync } from 'node:fs'
import path from 'node:path'
import { concatFloat32 } from '../../shared/audio/index.ts'
import type { DeviceWishId } from '../../shared/device/index.ts'
import { deviceWishSchema } from '../../shared/device/index.ts'
import { AppError, sampleRateSchema } from '../../shared/kernel/index.ts'
import { RECORDING_LIMITS } from '../../shared/voice/index.ts'
import { readAudio } from '../audio-file/index.ts'
import {
  createSpeaker,
  folderTrace,
  type ModelStages,
  openModelStages,
  type PromptMode,
  type ProviderCertificate,
  proveProvider,
  type Speaker,
  type SpeakJob,
  type SpokenLine,
  type SpokenVoice,
  speakStream,
  speakWhole,
  type Trace,
} from '../cosyvoice/index.ts'
import { writeWav } from '../export/index.ts'
import { MANIFEST_FILE } from '../model-bundle/index.ts'
import type { Reporter } from './reporter.ts'

export type SayFlags = {
  engine: string
  model: string
  text: string
  out: string
  mode?: PromptMode['mode']
  prompt?: string
  promptText?: string
  instruct?: string
  language?: string
  seed: string
  steps: string
  speed: string
  device: string
  memory: 'resident' | 'staged'
  normalise: boolean
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

const presetMode = ({ promptText, instruct }: SayFlags): PromptMode['mode'] => {
  if (instruct !== undefined) return 'instruct'
  return promptText === undefined ? 'cross-lingual' : 'zero-shot'
}

const modeOf = (flags: SayFlags): PromptMode => {
  const { mode = presetMode(flags), promptText, instruct } = flags
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

/** A device is tried before it is used; the processor needs no proof. @throws AppError `usage.invalid`; AppCancel */
const certificatesFor = async (wish: DeviceWishId, signal: AbortSignal): Promise<ProviderCertificate[]> =>
  wish === 'automatic' || wish === 'cpu' ? [] : [await proveProvider(wish, { signal })]

const openStages = async ({ model, device }: SayFlags, signal: AbortSignal): Promise<ModelStages> => {
  const wish = deviceWishSchema.safeParse(device)
  if (!wish.success) throw usage(`--device ${device}`)
  const certificates = await certificatesFor(wish.data, signal)
  // A community model has graphs and no manifest of ours; whatever is neither is told as a bundle that is not there.
  const isCommunity = !existsSync(path.join(model, MANIFEST_FILE)) && existsSync(path.join(model, 'onnx'))
  const layout = isCommunity ? 'sokuji' : 'bundle'
  return openModelStages({ directory: model, layout }, { wish: wish.data, certificates })
}

/** The voice of a recording, or nothing of it where a trace gives what the stages ask for. */
const voiceOf = async (
  speaker: Speaker,
  { prompt, stream }: SayFlags,
  trace: Trace,
  signal: AbortSignal,
): Promise<SpokenVoice> => {
  if (prompt !== undefined) {
    const audio = await readAudio(prompt, { longestSec: RECORDING_LIMITS.longestSec + 1, signal })
    return speaker.listen(audio, { signal, isStreamed: stream === true, trace })
  }
  const [promptTokens, promptMel, embedding] = [
    trace.numbers('prompt_token'),
    trace.floats('prompt_feat'),
    trace.floats('embedding'),
  ]
  if (promptTokens && promptMel && embedding) return { promptTokens, promptMel, speaker: embedding }
  throw usage('--prompt, a recording of the voice, is missing')
}

/** A line whose text ids are given: nothing is normalised, cut or laid out. */
async function* speakGiven(stages: ModelStages, line: SpokenLine, job: SpeakJob, isStreamed: boolean) {
  await using llm = await stages.openLlm()
  await using flow = await stages.openFlow()
  await using vocoder = await stages.openVocoder()
  const model = { description: stages.description, llm, flow, vocoder }
  if (isStreamed) yield* speakStream(model, line, job)
  else yield await speakWhole(model, line, job)
}

/** Each piece of a longer line has a folder of its own. */
const traceOf =
  ({ given, trace }: Pick<SayFlags, 'given' | 'trace'>) =>
  (piece: number, pieces: number): Trace => {
    const kept = trace === undefined || pieces === 1 ? trace : path.join(trace, `piece-${piece + 1}`)
    return folderTrace({ given, kept })
  }

/**
 * `cosy say`: speaks one line with a model on this machine.
 * @throws AppError `usage.invalid`, `model.*`, `engine.*`, `voice.prompt-*`, `export.*`. AppCancel
 */
export const sayLine = async (flags: SayFlags, reporter: Reporter, signal: AbortSignal): Promise<void> => {
  if (flags.engine !== 'local') throw usage(`--engine ${flags.engine}; cosy say speaks with local models`)
  const stages = await openStages(flags, signal)
  const { flow, vocoder } = stages.description
  const speed = numberOf('speed', flags.speed, (value) => value >= 0.5 && value <= 2)
  const isStreamed = flags.stream === true
  if (isStreamed && speed !== 1) throw usage('--stream has its own speed; leave --speed out')
  if (isStreamed && flags.memory === 'staged')
    throw usage('--stream needs the whole model in memory; leave --memory out')
  const { stepCounts } = flow.modulation
  const how = {
    seed: numberOf('seed', flags.seed, (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32),
    steps: numberOf('steps', flags.steps, (value) => stepCounts.includes(value)),
    speed,
  }
  const trace = folderTrace({ given: flags.given, kept: flags.trace })
  const job = {
    signal,
    onProblem: (problem: string) => reporter.say('problem', { problem }, `The line is ${problem}.`),
  }
  await using speaker = createSpeaker({ stages, memory: flags.memory })
  const voice = await voiceOf(speaker, flags, trace, signal)
  const textIds = trace.numbers('text')
  const given = textIds && { promptIds: [], textIds, voice, continuesPrompt: true, ...how }
  const asked = given ? undefined : { text: flags.text, language: flags.language ?? null, prompt: modeOf(flags) }
  if (asked) await speaker.load(signal)

  const startedMs = performance.now()
  let firstSoundMs: number | undefined
  const blocks: Float32Array[] = []
  const spoken = asked
    ? speaker.speak(
        { ...asked, ...how, voice, normalises: flags.normalise, isStreamed },
        { ...job, traceOf: traceOf(flags) },
      )
    : given && speakGiven(stages, given, { ...job, trace }, isStreamed)
  for await (const block of spoken ?? []) {
    firstSoundMs ??= performance.now() - startedMs
    blocks.push(block)
  }
  const tookSec = (performance.now() - startedMs) / 1000
  const pcm = concatFloat32(blocks)
  const sampleRateHz = sampleRateSchema.parse(vocoder.sampleRateHz)
  writeWav(flags.out, pcm, sampleRateHz)
  const durationSec = pcm.length / sampleRateHz
  const providers = [...new Set(Object.values(stages.devices).map(({ provider }) => provider))].join(', ')
  const first = firstSoundMs === undefined ? '' : `, first sound after ${(firstSoundMs / 1000).toFixed(2)} s`
  reporter.say(
    'said',
    { file: flags.out, durationSec, tookSec, rtf: tookSec / durationSec, firstSoundMs, providers },
    `${flags.out}: ${durationSec.toFixed(2)} s in ${tookSec.toFixed(2)} s (RTF ${(tookSec / durationSec).toFixed(2)}${first}) on ${providers}`,
  )
}
