import type { Command } from 'commander'
import type { MemberTrial, RemoteEngine, RemoteListing } from '../../shared/endpoint/index.ts'
import { remoteFacts, sendsRecording } from '../../shared/endpoint/index.ts'
import { createTranslator, errorTexts, languageFor, warningText } from '../../shared/i18n/index.ts'
import { AppError, projectIdSchema } from '../../shared/kernel/index.ts'
import type { Studio } from '../studio/index.ts'
import { keyVariable } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { findRemote, findVoiceNamed } from './find-engine.ts'
import { amountWords, moneyWords } from './money-words.ts'
import { CONNECTION_KINDS, draftOfFlags, type RemoteFlags } from './remote-flags.ts'
import type { Reporter } from './reporter.ts'
import { requireRecordingAllowed } from './sending-allowed.ts'
import { usageError } from './usage-error.ts'

const connectionWords = ({ connection }: RemoteEngine): string =>
  [
    connection.kind,
    ...('profile' in connection ? [connection.profile] : []),
    ...('model' in connection ? [connection.model] : []),
    ...('transport' in connection ? [connection.transport] : []),
  ].join(' ')

/** What a listing says of an engine elsewhere, beyond what every engine has. Of keys only hints. */
export const remoteWords = ({ engine, keyHints, spentThisMonth }: RemoteListing): string => {
  const hints = [...new Set(Object.values(keyHints).filter((hint) => hint !== null))]
  return [
    connectionWords(engine),
    engine.members.length === 1 ? engine.members[0]?.baseUrl : amountWords(engine.members.length, 'endpoint'),
    hints.length > 0 ? `key ${hints.join(' ')}` : 'no key',
    ...(spentThisMonth ? [`${moneyWords(spentThisMonth)} this month`] : []),
  ].join('  ')
}
/** The same for programs. */
export const remoteFactsOf = ({ engine, keyHints, members, spentThisMonth }: RemoteListing) => ({
  connection: engine.connection,
  endpoints: engine.members.map((member) => ({
    ...member,
    keyHint: keyHints[member.memberId] ?? null,
    ...members.find(({ memberId }) => memberId === member.memberId),
  })),
  price: engine.price,
  monthlyLimit: engine.monthlyLimit,
  spentThisMonth,
})

const addCommand = async (studio: Studio, kind: string, flags: RemoteFlags, reporter: Reporter): Promise<void> => {
  const draft = await draftOfFlags(kind, flags, {
    mint: studio.mint,
    environment: (name) => process.env[name],
    stdin: process.stdin,
  })
  const { name } = draft.engine
  if (studio.remote.list().some(({ engine }) => engine.name.toLowerCase() === name.toLowerCase()))
    throw usageError(`--name ${name}: another engine is called that`)
  const engineId = studio.remote.save(draft, { mayKeepKeysInFile: flags.keepKeyInFile ?? false })
  const listing = findRemote(studio, engineId)
  const variable = keyVariable(engineId)
  const wantsKey = remoteFacts(listing.engine.connection).needsKey && Object.keys(draft.keys).length === 0
  reporter.say(
    'engine-added',
    { engineId, name, keyVariable: variable, ...remoteFactsOf(listing) },
    [
      `${engineId}  ${name}  ${remoteWords(listing)}`,
      ...(wantsKey ? [`  It needs a key: put it into the environment as ${variable}`] : []),
      `  Try it: cosy engines test ${engineId}`,
    ].join('\n'),
  )
}

const trialWords = ({ baseUrl, spoken, error, warnings, queue, voices }: MemberTrial): string => {
  const { t } = createTranslator('en')
  const notes = warnings.map((warning) => `\n  Note: ${warningText(t, warning)}`).join('')
  const queued = queue ? `, ${amountWords(queue.waitingLines, 'line')} in its queue` : ''
  const listed = voices ? `, ${amountWords(voices.length, 'voice')} listed` : ''
  if (!spoken) {
    const { what, why } = errorTexts(createTranslator(languageFor('en')), error ?? { code: 'internal.bug', params: {} })
    return `${baseUrl}: failed. ${what} ${why}${notes}`
  }
  const { firstSoundMs, tookMs, durationSec, levelDb } = spoken
  return `${baseUrl}: first sound after ${Math.round(firstSoundMs)} ms, ${durationSec.toFixed(2)} s in ${(tookMs / 1000).toFixed(2)} s, ${levelDb.toFixed(1)} dB${queued}${listed}${notes}`
}

type TestFlags = { voice?: string; allowSending?: boolean }

/** `cosy engines test`. @throws AppError `engine.unknown`, `usage.invalid`, `cloud.consent-needed`. AppCancel */
export const testCommand = async (
  studio: Studio,
  asked: string,
  { voice: named, allowSending = false }: TestFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> => {
  const { engine } = findRemote(studio, asked)
  const { engineId, createdAtEpochMs: _, ...rest } = engine
  const voice = named === undefined ? null : findVoiceNamed(studio.listVoices(), named)
  if (voice && sendsRecording(engine.connection, voice, null))
    requireRecordingAllowed(studio, engine, voice, allowSending)
  const trials = await studio.remote.test({ engineId, engine: rest, keys: {} }, voice?.voiceId ?? null, {
    signal,
    progress: ({ doneMembers, totalMembers }) =>
      reporter.progress('test-progress', doneMembers, totalMembers, amountWords(totalMembers, 'endpoint')),
    item: (trial) => reporter.say('trial', trial, trialWords(trial)),
  })
  const failed = trials.filter(({ spoken }) => spoken === null).length
  if (failed === 0) return EXIT.done
  return failed === trials.length ? EXIT.failed : EXIT.incomplete
}

const removeCommand = (studio: Studio, asked: string, reporter: Reporter): void => {
  const { engine } = findRemote(studio, asked)
  const { twinsLeftThere } = studio.remote.remove(engine.engineId)
  const copies = amountWords(twinsLeftThere, 'copy').replace('copys', 'copies')
  reporter.say(
    'engine-removed',
    { engineId: engine.engineId, name: engine.name, twinsLeftThere },
    `Removed: ${engine.name}${twinsLeftThere > 0 ? `. ${copies} of voices stay at the service` : ''}`,
  )
}

/** The month of a date, or of `YYYY-MM`, in the time of this computer. @throws AppError `usage.invalid` */
export const monthOf = (
  said: string | undefined,
  nowEpochMs: number,
): { month: string; from: number; until: number } => {
  const now = new Date(nowEpochMs)
  const [, year, month] = said === undefined ? [] : (/^(\d{4})-(0[1-9]|1[0-2])$/.exec(said) ?? [])
  if (said !== undefined && year === undefined) throw usageError(`--month ${said}: it is written as 2026-01`)
  const [wholeYear, index] =
    year === undefined ? [now.getFullYear(), now.getMonth()] : [Number(year), Number(month) - 1]
  const from = new Date(wholeYear, index, 1).getTime()
  return {
    month: `${wholeYear}-${String(index + 1).padStart(2, '0')}`,
    from,
    until: new Date(wholeYear, index + 1, 1).getTime(),
  }
}

const usageCommand = (studio: Studio, { month: said }: { month?: string }, reporter: Reporter): void => {
  const { month, from, until } = monthOf(said, Date.now())
  const sums = studio.remote.ledger.usage(from, until)
  const titles = new Map(studio.listProjects().map(({ projectId, title }) => [projectId, title]))
  for (const sum of sums) {
    const project = sum.projectId === null ? 'no project' : (titles.get(sum.projectId) ?? sum.projectId)
    const cost = sum.cost ? `  ${moneyWords(sum.cost)}` : ''
    reporter.say(
      'usage',
      { month, ...sum },
      `${sum.engineName}  ${project}  ${amountWords(sum.pieces, 'piece')}  ${sum.units} units${cost}`,
    )
  }
  if (sums.length === 0) reporter.say('no-usage', { month }, `Nothing was sent to an engine elsewhere in ${month}.`)
}

const allowCommand = (
  studio: Studio,
  asked: string,
  { project, voice }: { project?: string; voice?: string },
  reporter: Reporter,
): void => {
  const { engine } = findRemote(studio, asked)
  if ((project === undefined) === (voice === undefined)) throw usageError('--project or --voice: what may be sent')
  const known = studio.listProjects()
  const found =
    project === undefined
      ? undefined
      : (known.find(({ projectId }) => projectId === project) ?? known.find(({ title }) => title === project))
  if (project !== undefined && !found)
    throw new AppError('project.not-found', { params: { projectId: project }, remedies: ['see-help'] })
  const subject = found
    ? { subjectId: projectIdSchema.parse(found.projectId), name: found.title }
    : (({ voiceId, name }) => ({ subjectId: voiceId, name }))(findVoiceNamed(studio.listVoices(), voice ?? ''))
  studio.remote.giveConsent(subject.subjectId, engine.engineId)
  reporter.say(
    'allowed',
    { engineId: engine.engineId, ...subject },
    `Allowed: ${found ? 'the text' : 'the recording'} of ${subject.name} may be sent to ${engine.name}.`,
  )
}

const several = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

/** `cosy engines add|test|remove|usage|allow`. */
export const registerRemote = (engines: Command): void => {
  shared(engines.command('add <kind>'))
    .description(`add an engine that computes elsewhere: ${CONNECTION_KINDS.join(', ')}`)
    .option('--name <name>', 'what it is called (preset: its kind)')
    .option('--base-url <url>', 'where its server is; several times: lines are spread over all of them', several)
    .option('--websocket-url <url>', 'eas: where its WebSocket is, if not below that; one for each endpoint', several)
    .option('--model <id>', 'model that speaks')
    .option('--profile <name>', 'openai: generic, wcode, vllm-omni, sglang-omni, siliconflow or cosyvoice-desktop')
    .option('--region <region>', 'dashscope: cn or intl')
    .option('--transport <how>', 'by which of its routes lines are spoken')
    .option('--temporary-keys', 'dashscope: the key goes only where temporary ones are given out')
    .option('--reading <word=reading...>', 'dashscope: how cloned voices read a word, in pinyin: 草地=cao3 di4')
    .option('--replace <word=words...>', 'dashscope: what cloned voices say in place of a word')
    .option('--filter-markdown', 'dashscope: cloned voices do not say the marks of Markdown')
    .option('--workspace <id>', 'dashscope: of a key that belongs to a workspace')
    .option('--sample-rate <hz>', 'openai, cosyvoice-runtime: what raw samples are taken for')
    .option('--takes-instructions', 'openai: the model takes directions in words')
    .option(
      '--most-text <n>',
      'dashscope, openai: most characters of one request (preset: what the service is known to take)',
    )
    .option('--extra <json>', 'openai: other fields of each request: {"temperature":0.7}')
    .option('--concurrency <n>', 'lines at the same time, at each endpoint')
    .option('--requests-per-second <n>', 'no more than so many, at each endpoint')
    .option('--voice <id[=name]>', 'a voice that the server has; several times', several)
    .option('--key-env <name>', 'the key is in this variable of the environment now')
    .option('--key-stdin', 'the key comes by the standard input; of several lines, one for each endpoint')
    .option('--key-in <header>', 'servers of your own: bearer (preset), basic, or the name of a header: X-Api-Key')
    .option('--keep-key-in-file', 'keep the key as it is in a file that only you may read: there is no vault here')
    .option('--price <amount>', 'what so many units cost (preset: as it was published, where it is known)')
    .option('--no-price', 'what it costs is not counted')
    .option('--currency <code>', 'of the price: CNY, USD ...')
    .option('--per <units>', 'how many units the price is for')
    .option('--unit <unit>', 'how the service counts: characters, code-points or utf8-bytes')
    .option('--monthly-limit <amount>', 'it is not asked for more than that in a month')
    .action((kind: string, flags: RemoteFlags & SharedFlags) =>
      withStudio(
        {
          ...(flags.library !== undefined && { library: flags.library }),
          ...(flags.json !== undefined && { json: flags.json }),
        },
        async (studio, reporter) => {
          await addCommand(studio, kind, flags, reporter)
          return EXIT.done
        },
      ),
    )

  shared(engines.command('test <engine>'))
    .description('speak a sentence at every endpoint of an engine; services bill it')
    .option('--voice <id|name>', 'voice that speaks (preset: the first that it has)')
    .option('--allow-sending', 'the recording of the voice may be sent, where it goes along')
    .action((engine: string, flags: TestFlags & SharedFlags) =>
      withStudio(flags, (studio, reporter, signal) => testCommand(studio, engine, flags, reporter, signal)),
    )

  shared(engines.command('remove <engine>'))
    .description('forget an engine that computes elsewhere, with its keys')
    .action((engine: string, flags: SharedFlags) =>
      withStudio(flags, (studio, reporter) => {
        removeCommand(studio, engine, reporter)
        return EXIT.done
      }),
    )

  shared(engines.command('usage'))
    .description('say what was sent to engines elsewhere in a month, and what it cost')
    .option('--month <YYYY-MM>', 'preset: this one')
    .action((flags: { month?: string } & SharedFlags) =>
      withStudio(flags, (studio, reporter) => {
        usageCommand(studio, flags, reporter)
        return EXIT.done
      }),
    )

  shared(engines.command('allow <engine>'))
    .description('allow that a project’s text, or a voice’s recording, is sent to an engine elsewhere')
    .option('--project <id|title>', 'the project')
    .option('--voice <id|name>', 'the voice')
    .action((engine: string, flags: { project?: string; voice?: string } & SharedFlags) =>
      withStudio(flags, (studio, reporter) => {
        allowCommand(studio, engine, flags, reporter)
        return EXIT.done
      }),
    )
}
