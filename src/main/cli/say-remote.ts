import { concatFloat32 } from '../../shared/audio/index.ts'
import { costOf, type RemoteEngine, sendsRecording } from '../../shared/endpoint/index.ts'
import { createTranslator, warningText } from '../../shared/i18n/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { type RenderRequest, type SpokenWord, takeKeyOf } from '../../shared/render/index.ts'
import type { Voice, VoiceMode } from '../../shared/voice/index.ts'
import type { RenderNote } from '../engines/index.ts'
import { writeWav } from '../export/index.ts'
import type { Studio } from '../studio/index.ts'
import { findRemote, findVoiceNamed } from './find-engine.ts'
import { amountWords, moneyWords } from './money-words.ts'
import { numberOf } from './remote-flags.ts'
import type { Reporter } from './reporter.ts'
import { requireRecordingAllowed } from './sending-allowed.ts'
import { usageError } from './usage-error.ts'

export type SayRemoteFlags = {
  engine: string
  text: string
  out: string
  voice?: string
  instruct?: string
  language?: string
  seed?: string
  speed?: string
  allowSending?: boolean
}

const modeOf = ({ source }: Voice, instruct: string | undefined): VoiceMode => {
  if (source.kind === 'presetSpeaker') return 'presetSpeaker'
  if (instruct !== undefined) return 'instruct'
  return source.promptText === '' ? 'crossLingual' : 'zeroShot'
}

/** What leaves the computer, and whether the person said that it may. @throws AppError `cloud.consent-needed` */
const requireAllowed = (
  studio: Studio,
  engine: RemoteEngine,
  voice: Voice,
  { instruct = null, allowSending: allowsSending = false }: { instruct?: string | null; allowSending?: boolean },
): void => {
  if (sendsRecording(engine.connection, voice, instruct)) requireRecordingAllowed(studio, engine, voice, allowsSending)
  // The text of the command line belongs to no project that could have been allowed before.
  if (!allowsSending)
    throw new AppError('cloud.consent-needed', {
      params: { engine: engine.name, engineId: engine.engineId, subject: 'text', subjectId: voice.voiceId },
      remedies: ['allow-sending', 'choose-another-engine'],
    })
}

/**
 * `cosy say --engine`: speaks a line by an engine that computes elsewhere, and says what it cost.
 * @throws AppError `usage.invalid`, `engine.unknown`, `cloud.*`, `voice.not-enrolled`, `secret.*`, `export.*`. AppCancel
 */
export const sayRemote = async (
  studio: Studio,
  flags: SayRemoteFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const { engine: remote } = findRemote(studio, flags.engine)
  const { engineId, name, price } = remote
  const engine = studio.engines.get(engineId)
  const { capabilities, presetVoices } = engine
  const voice =
    flags.voice === undefined
      ? presetVoices[0]
      : [presetVoices, studio.listVoices()].reduce<Voice | undefined>(
          (found, voices) =>
            found ??
            (voices.some(({ voiceId, name: called }) => [voiceId, called].includes(flags.voice ?? ''))
              ? findVoiceNamed(voices, flags.voice ?? '')
              : undefined),
          undefined,
        )
  if (!voice)
    throw usageError(
      flags.voice === undefined
        ? `--voice: ${name} has none of its own`
        : `--voice ${flags.voice}: there is no such voice`,
    )
  requireAllowed(studio, remote, voice, flags)

  const asked: Omit<RenderRequest, 'takeKey'> = {
    engineId,
    engineVersion: capabilities.version,
    text: flags.text,
    language: flags.language ?? null,
    voice: { voiceId: voice.voiceId, source: voice.source },
    mode: modeOf(voice, flags.instruct),
    instruct: flags.instruct ?? null,
    speed: numberOf('speed', flags.speed) ?? null,
    pitchSemitones: null,
    seed: numberOf('seed', flags.seed) ?? null,
    sampleRateHz: capabilities.sampleRateHz,
  }
  const { t } = createTranslator('en')
  let units = 0
  const words: SpokenWord[] = []
  const note = (said: RenderNote): void => {
    studio.remote.ledger.note(engineId, null, said)
    if (said.kind === 'usage') units += said.units
    if (said.kind === 'words') for (const word of said.words) words.push(word)
    if (said.kind === 'warning')
      reporter.say('warning', { field: said.field, reason: said.reason }, `Note: ${warningText(t, said)}`)
  }
  const startedMs = performance.now()
  let firstSoundMs: number | undefined
  const blocks: Float32Array[] = []
  const job = { signal, isUrgent: true, progress: () => undefined, note }
  for await (const block of engine.render({ ...asked, takeKey: takeKeyOf(asked) }, job)) {
    firstSoundMs ??= performance.now() - startedMs
    blocks.push(block)
  }
  const tookSec = (performance.now() - startedMs) / 1000
  const pcm = concatFloat32(blocks)
  writeWav(flags.out, pcm, capabilities.sampleRateHz)
  const durationSec = pcm.length / capabilities.sampleRateHz
  const cost = price && { amount: costOf(units, price), currency: price.currency }
  const first = firstSoundMs === undefined ? '' : `, first sound after ${(firstSoundMs / 1000).toFixed(2)} s`
  reporter.say(
    'said',
    { file: flags.out, engineId, voiceId: voice.voiceId, durationSec, tookSec, firstSoundMs, units, cost, words },
    `${flags.out}: ${durationSec.toFixed(2)} s in ${tookSec.toFixed(2)} s${first} by ${name}, ${amountWords(units, 'unit')}${cost ? `, ${moneyWords(cost)}` : ''}`,
  )
}
