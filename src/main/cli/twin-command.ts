import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import {
  canCleanSample,
  type MemberVoices,
  type TwinOutcome,
  type VoiceDesign,
  voiceDesignSchema,
} from '../../shared/endpoint/index.ts'
import { createTranslator, errorTexts, warningText } from '../../shared/i18n/index.ts'
import { AppError, type AppErrorData } from '../../shared/kernel/index.ts'
import type { Studio } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { findRemote, findVoiceNamed } from './find-engine.ts'
import { amountWords } from './money-words.ts'
import type { Reporter } from './reporter.ts'
import { usageError } from './usage-error.ts'

type EnrolFlags = { engine: string; sampleUrl?: string; cleanUp?: boolean; allowSending?: boolean; again?: boolean }
type DesignFlags = {
  engine: string
  name: string
  description: string
  previewText: string
  language?: string
  gender: VoiceDesign['gender']
  out?: string
}

const errorWords = (error: AppErrorData): string => {
  const translator = createTranslator('en')
  const { what, why } = errorTexts(translator, error)
  const wantsAddress = error.remedies.includes('give-address')
  return `${what} ${why}${wantsAddress ? ` ${translator.t('remedy.give-address.advice')}` : ''}`
}
const outcomeWords = ({ baseUrl, twin, error, warnings }: TwinOutcome): string =>
  [
    `${baseUrl}: ${twin ? `${twin.remoteVoice}, ${twin.status}` : 'no copy'}${error ? `. ${errorWords(error)}` : ''}`,
    ...warnings.map((warning) => `  ! ${warningText(createTranslator('en').t, warning)}`),
  ].join('\n')

/** `cosy voices enrol`: copies a voice to an engine's endpoints, and waits until it can be used there. */
const enrolCommand = async (
  studio: Studio,
  asked: string,
  { engine, sampleUrl = '', cleanUp = false, allowSending, again }: EnrolFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> => {
  const { engineId, connection } = findRemote(studio, engine).engine
  if (cleanUp && !canCleanSample(connection)) throw usageError('--clean-up: this engine cannot clean up recordings')
  const { voiceId } = findVoiceNamed(studio.listVoices(), asked)
  if (allowSending) studio.remote.giveConsent(voiceId, engineId)
  studio.twins.start()
  const twinAsked = { voiceId, engineId, sampleUrl: sampleUrl === '' ? null : sampleUrl, isCleaned: cleanUp }
  const job = {
    signal,
    progress: ({ doneMembers, totalMembers }: { doneMembers: number; totalMembers: number }) =>
      reporter.progress('enrol-progress', doneMembers, totalMembers, amountWords(totalMembers, 'endpoint')),
    item: () => undefined,
  }
  const copying = again ? studio.twins.renew(twinAsked, job) : studio.twins.enrol(twinAsked, job)
  const outcomes = await copying.catch((error: unknown) => {
    if (error instanceof AppError && error.remedies.includes('give-address'))
      reporter.say('address-wanted', { option: '--sample-url' }, createTranslator('en').t('remedy.give-address.advice'))
    throw error
  })
  for (const outcome of outcomes) reporter.say('twin', { ...outcome }, outcomeWords(outcome))
  return outcomes.every(({ twin }) => twin !== null && twin.status !== 'failed') ? EXIT.done : EXIT.incomplete
}

const memberWords = (
  { baseUrl, adoptable, mayHaveMore, gone, error }: MemberVoices,
  nameOf: (voiceId: string) => string,
): string =>
  [
    `${baseUrl}: ${error ? errorWords(error) : adoptable === null ? 'it lists no voices' : `${amountWords(adoptable.length, 'voice')} that the library does not know`}`,
    ...(adoptable ?? []).map(
      ({ remoteVoice, name, isRejected }) =>
        `  ${remoteVoice}${name === remoteVoice ? '' : `  ${name}`}${isRejected ? '  rejected by the service' : ''}`,
    ),
    ...(mayHaveMore ? ['  it lists no more at a time; there may be others'] : []),
    ...gone.map((voiceId) => `  ! the copy of ${nameOf(voiceId)} is gone`),
  ].join('\n')

/** `cosy voices sync`: holds the copies that the library knows of against what the endpoints have. */
const syncCommand = async (
  studio: Studio,
  { engine }: { engine: string },
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> => {
  const names = new Map<string, string>(studio.listVoices().map(({ voiceId, name }) => [voiceId, name]))
  const nameOf = (voiceId: string): string => names.get(voiceId) ?? voiceId
  const found = await studio.twins.sync(findRemote(studio, engine).engine.engineId, {
    signal,
    progress: () => undefined,
    item: (member) => reporter.say('member-voices', { ...member }, memberWords(member, nameOf)),
  })
  const failed = found.filter(({ error }) => error !== null).length
  if (failed === 0) return EXIT.done
  return failed === found.length ? EXIT.failed : EXIT.incomplete
}

/** `cosy voices design`: makes a voice from words, one of the engine's own. */
const designCommand = async (
  studio: Studio,
  { engine, out, ...said }: DesignFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const { engineId } = findRemote(studio, engine).engine
  const { name, description, previewText, gender, language = null } = said
  const design = voiceDesignSchema.safeParse({ name, description, previewText, gender, language })
  if (!design.success) {
    const [issue] = design.error.issues
    const field = String(issue?.path[0])
    throw usageError(`--${field === 'previewText' ? 'preview-text' : field}: ${issue?.message}`)
  }
  studio.twins.start()
  const made = await studio.twins.design(engineId, design.data, {
    signal,
    progress: () => undefined,
    item: () => undefined,
  })
  const wav = made.preview && studio.twins.previewWav(made.preview.url.replace(/^.*\//, ''))
  if (out !== undefined && wav) writeFileSync(out, wav)
  const { t } = createTranslator('en')
  for (const { field, reason } of made.warnings)
    reporter.say('warning', { field, reason }, `Note: ${warningText(t, { field, reason })}`)
  const { voiceId, isPending } = made
  reporter.say(
    'voice-designed',
    { voiceId, name, isPending, preview: out !== undefined && wav ? out : null },
    `${voiceId}  ${name}${isPending ? '  the service is still working on it' : ''}${out !== undefined && wav ? `\n  ${out}` : ''}`,
  )
}

/** `cosy voices enrol|sync|design`. */
export const registerTwins = (voices: Command): void => {
  const onlyLibrary = ({ library, json }: SharedFlags): SharedFlags => ({
    ...(library !== undefined && { library }),
    ...(json !== undefined && { json }),
  })

  shared(voices.command('enrol <voice>').alias('enroll'))
    .description('copy a voice to an engine that computes elsewhere, and wait until it can be used there')
    .requiredOption('--engine <id|name>', 'the engine (see: cosy engines)')
    .option('--sample-url <url>', 'where you have put the recording yourself, for services that load it')
    .option('--clean-up', 'the service takes noise out of the recording first, for DashScope models that can')
    .option('--again', 'make copies anew that failed, or no longer are what the voice is')
    .option('--allow-sending', 'the recording may be sent to the engine')
    .action((voice: string, flags: EnrolFlags & SharedFlags) =>
      withStudio(onlyLibrary(flags), (studio, reporter, signal) =>
        enrolCommand(studio, voice, flags, reporter, signal),
      ),
    )

  shared(voices.command('sync'))
    .description('hold copies of voices against what an engine has, and list the voices that it has beside them')
    .requiredOption('--engine <id|name>', 'the engine (see: cosy engines)')
    .action((flags: { engine: string } & SharedFlags) =>
      withStudio(onlyLibrary(flags), (studio, reporter, signal) => syncCommand(studio, flags, reporter, signal)),
    )

  shared(voices.command('design'))
    .description('make a voice from words, by an engine that can')
    .requiredOption('--engine <id|name>', 'the engine (see: cosy engines)')
    .requiredOption('--name <name>', 'name of the voice')
    .requiredOption('--description <text>', 'what it is to be like, in Chinese or English')
    .requiredOption('--preview-text <text>', 'what it says so that it can be judged')
    .option('--language <tag>', 'zh or en')
    .addOption(
      new Option('--gender <gender>', 'how the voice sounds').choices(['female', 'male', 'neutral']).default('neutral'),
    )
    .option('--out <wav>', 'file for what it says')
    .action((flags: DesignFlags & SharedFlags) =>
      withStudio(onlyLibrary(flags), async (studio, reporter, signal) => {
        await designCommand(studio, flags, reporter, signal)
        return EXIT.done
      }),
    )
}
