import path from 'node:path'
import { type Command, Option } from 'commander'
import { createTranslator } from '../../shared/i18n/index.ts'
import { AppError, voiceIdSchema } from '../../shared/kernel/index.ts'
import { newVoiceSchema, type RecordingReport, type Voice } from '../../shared/voice/index.ts'
import type { Studio } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import type { Reporter } from './reporter.ts'
import { registerTwins } from './twin-command.ts'

type AddVoiceFlags = {
  name?: string
  promptText?: string
  language?: string
  gender: Voice['gender']
  notes?: string
}

const usage = (detail: string): AppError =>
  new AppError('usage.invalid', { params: { detail }, remedies: ['see-help'] })

const kindOf = ({ source }: Voice): string => (source.kind === 'presetSpeaker' ? source.engineId : 'recording')

/** `cosy voices list` */
const listVoicesCommand = ({ voices }: Studio, reporter: Reporter): void => {
  const casts = voices.casts()
  for (const voice of voices.list()) {
    const { voiceId, name, language, gender } = voice
    const projects = casts.get(voiceId) ?? 0
    const use = projects === 0 ? [] : [`cast in ${projects} project${projects === 1 ? '' : 's'}`]
    const words = [voiceId, name, kindOf(voice), ...(language === null ? [] : [language]), gender, ...use]
    reporter.say('voice', { ...voice, projects }, words.join('  '))
  }
}

const decibels = (level: number): string => `${level.toFixed(1)} dB`
const seconds = (sec: number): string => `${sec.toFixed(2)} s`

const reportLines = (report: RecordingReport): string[] => {
  const { t } = createTranslator('en')
  const { durationSec, sampleRateHz, peakDb, speechLevelDb, noiseLevelDb, clippedShare } = report
  return [
    `  ${seconds(durationSec)}, ${sampleRateHz} Hz`,
    `  speech ${decibels(speechLevelDb)}, noise ${decibels(noiseLevelDb)}, peak ${decibels(peakDb)}, clipped ${(100 * clippedShare).toFixed(2)} %`,
    `  silence ${seconds(report.leadingSilenceSec)} before, ${seconds(report.trailingSilenceSec)} after`,
    ...report.advice.map((advice) => `  ! ${t(`voices.advice.${advice}`)}`),
  ]
}

/** What the flags say of the voice. @throws AppError usage.invalid */
const saidOf = (file: string, { name, promptText = '', language, gender, notes = '' }: AddVoiceFlags) => {
  const said = newVoiceSchema.safeParse({
    name: name ?? path.basename(file, path.extname(file)),
    promptText: promptText.trim(),
    language: language ?? null,
    gender,
    notes,
  })
  if (said.success) return said.data
  const [field] = said.error.issues[0]?.path ?? []
  throw usage(`--${field === 'promptText' ? 'prompt-text' : String(field)}`)
}

/**
 * `cosy voices add`: makes a voice from a recording.
 * @throws AppError usage.invalid, voice.prompt-*, voice.not-writable. AppCancel
 */
const addVoiceCommand = async (
  studio: Studio,
  file: string,
  flags: AddVoiceFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const { voice, report } = await studio.voices.create(file, saidOf(file, flags), signal)
  reporter.say(
    'voice-added',
    { ...voice, report },
    [`${voice.voiceId}  ${voice.name}`, ...reportLines(report)].join('\n'),
  )
}

/** `cosy voices remove` @throws AppError usage.invalid, voice.in-use */
const removeVoiceCommand = async (studio: Studio, id: string, reporter: Reporter): Promise<void> => {
  const voiceId = voiceIdSchema.safeParse(id)
  const voice = studio.voices.list().find((known) => voiceId.success && known.voiceId === voiceId.data)
  if (!voice) throw usage(`there is no voice ${id}`)
  if (voice.source.kind === 'presetSpeaker') throw usage(`${voice.name} comes with its engine`)
  await studio.voices.delete(voice.voiceId)
  reporter.say('voice-removed', { voiceId: voice.voiceId }, `Removed: ${voice.name}`)
}

/** `cosy voices`. */
export const registerVoices = (program: Command): void => {
  const voices = program
    .command('voices')
    .description('voices of the library: list, add recordings, copy to services, design, remove')

  shared(voices.command('list', { isDefault: true }))
    .description('list the voices of the library')
    .action((flags: SharedFlags) =>
      withStudio(flags, (studio, reporter) => {
        listVoicesCommand(studio, reporter)
        return EXIT.done
      }),
    )

  shared(voices.command('add <audio>'))
    .description('make a voice from a recording of 3 to 10 seconds, and say what the recording is like')
    .option('--name <name>', 'name of the voice (preset: the file’s name)')
    .option('--prompt-text <text>', 'the words of the recording, exactly; without them only its sound is taken over')
    .option('--language <tag>', 'language of the recording: zh, yue, en, de ...')
    .addOption(
      new Option('--gender <gender>', 'how the voice sounds').choices(['female', 'male', 'neutral']).default('neutral'),
    )
    .option('--notes <text>', 'notes')
    .action((audio: string, flags: AddVoiceFlags & SharedFlags) =>
      withStudio(flags, async (studio, reporter, signal) => {
        await addVoiceCommand(studio, audio, flags, reporter, signal)
        return EXIT.done
      }),
    )

  shared(voices.command('remove <id>'))
    .description('remove a voice that was made from a recording and is cast in no project')
    .action((voiceId: string, flags: SharedFlags) =>
      withStudio(flags, async (studio, reporter) => {
        await removeVoiceCommand(studio, voiceId, reporter)
        return EXIT.done
      }),
    )

  registerTwins(voices)
}
