#!/usr/bin/env node
import path from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { AppCancel, AppError, toAppError } from '../../shared/kernel/index.ts'
import { safeFileName } from '../export/index.ts'
import type { ModelClient } from '../models/index.ts'
import type { Studio } from '../studio/index.ts'
import { openCliCudaDesk } from './cli-cuda.ts'
import { spawnCliWorkers } from './cli-workers.ts'
import { type InstallCudaFlags, installCudaCommand, removeCudaCommand } from './cuda-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { type ExportFlags, exportToFiles, findProject } from './export-command.ts'
import { type ConvertFlags, checkCommand, convertCommand, inspectCommand } from './model-command.ts'
import {
  cleanCommand,
  diskCommand,
  exportModelCommand,
  type InstallFlags,
  importModelCommand,
  installCommand,
  listModelsCommand,
  removeCommand,
  repairCommand,
} from './models-command.ts'
import { type ModelsFlags, openCliModels } from './open-cli-models.ts'
import { openCliStudio, type StudioFlags } from './open-cli-studio.ts'
import type { ProveFlags } from './prove-command.ts'
import { importToProject, type RenderFlags, renderCommand } from './render-command.ts'
import { createReporter, type Reporter } from './reporter.ts'
import type { SayFlags } from './say-command.ts'
import { type AddVoiceFlags, addVoiceCommand, listVoicesCommand, removeVoiceCommand } from './voice-command.ts'

/** 0 done · 1 failed · 2 wrong usage · 3 done, but some lines could not be rendered · 130 interrupted */
const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const

type SharedFlags = StudioFlags & { json?: boolean }
type Run = (studio: Studio, reporter: Reporter, signal: AbortSignal) => Promise<number> | number

const language = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || 'en'
const reporterFor = (flags: Pick<SharedFlags, 'json'>): Reporter =>
  createReporter(flags.json ?? false, language, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
  })

/** An option is missing, or is another one than is wanted. */
const USAGE_CODES: readonly string[] = ['usage.invalid', 'model.licence-not-accepted']

const exitCodeOf = (error: unknown): number => {
  if (error instanceof AppCancel) return EXIT.interrupted
  const isWrongUsage = error instanceof AppError && USAGE_CODES.includes(error.code)
  return isWrongUsage ? EXIT.usage : EXIT.failed
}

/** Runs one command that needs no library, and says what became of it. */
const withReporter = async (
  flags: Pick<SharedFlags, 'json'>,
  run: (reporter: Reporter, signal: AbortSignal) => Promise<number>,
): Promise<void> => {
  const reporter = reporterFor(flags)
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  try {
    process.exitCode = await run(reporter, interrupted.signal)
  } catch (error) {
    if (!(error instanceof AppCancel)) reporter.fail(toAppError(error))
    process.exitCode = exitCodeOf(error)
  }
}

/** Opens the library, runs one command over it, and closes it again whatever happens. */
const withStudio = (flags: SharedFlags, run: Run): Promise<void> =>
  withReporter(flags, async (reporter, signal) => {
    await using studio = openCliStudio(flags, () => {
      const [job] = studio.queue.list().jobs.filter(({ status }) => status === 'running')
      if (!job) return
      const label = job.isLoadingEngine ? 'loading the engine' : `${job.doneLines} of ${job.totalLines} lines`
      reporter.progress('render-progress', job.doneLines, job.totalLines, label)
    })
    return await run(studio, reporter, signal)
  })

// Whoever reads the output may have seen enough: `cosy voices | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
})

const program = new Command('cosy')
  .description('Spoken-word production with CosyVoice, without a window.')
  .exitOverride()
  .showHelpAfterError()

const json = (command: Command): Command => command.option('--json', 'one JSON object a line instead of text')

const shared = (command: Command): Command =>
  json(command.option('--library <dir>', "folder of the library (preset: the app's own)"))

const encoding = (command: Command): Command =>
  command
    .option('--out <file...>', 'files to write, .wav, .mp3 or .opus (preset: the name with .wav, here)')
    .option('--sample-rate <hz>', 'sample rate (preset: the project’s)')
    .option('--channels <n>', '1 or 2 (preset: 1)')
    .option('--sample-format <format>', 'wav: int16, int24 or float32 (preset: int16)')
    .option('--bitrate <kbps>', 'mp3 and opus (preset: 128 and 48)')
    .option('--vbr <quality>', 'mp3: variable bit rate, 0 best to 9 smallest')
    .option('--author <name>', 'author tag')
    .option('--album <name>', 'album tag')

const script = (command: Command): Command =>
  command
    .option('--title <title>', 'title of the project and of the files (preset: the file’s name)')
    .option('--encoding <name>', 'encoding of the script (preset: detected)')
    .option('--split-long-lines', 'cut rows that are too long for one line at sentence ends', false)
    .option('--no-dialogue', 'read everything as narration')
    .option('--narrator <name>', 'name of the narrator', 'Narrator')

encoding(script(shared(program.command('render <script>'))))
  .description('render a script and mix it down')
  .option('--engine <id>', 'engine that speaks (see: cosy engines)', 'draft')
  .option('--model <id|folder>', 'local engine: an installed model, or the folder of one (preset: the app’s choice)')
  .option('--models <folder>', 'local engine: folder of the installed models (preset: the app’s own)')
  .option('--device <provider>', 'local engine: automatic, cpu, cuda, tensorrt, dml, coreml or webgpu')
  .option('--memory <how>', 'local engine: resident, or staged: one part of the model in memory at a time')
  .option('--speaking <how>', 'local engine: whole, or streamed: heard while it is thought of')
  .option('--steps <n>', 'local engine: steps of the flow; fewer are faster')
  .option('--cast <file>', 'JSON file that gives characters their voices')
  .action((file: string, flags: RenderFlags & SharedFlags) =>
    withStudio(flags, async (studio, reporter, signal) => {
      const out = flags.out ?? [`${path.basename(file, path.extname(file))}.wav`]
      const failedLines = await renderCommand(studio, file, { ...flags, out }, reporter, signal)
      return failedLines === 0 ? EXIT.done : EXIT.incomplete
    }),
  )

script(shared(program.command('import <script>')))
  .description('bring a script into the library, without rendering it')
  .action((file: string, flags: RenderFlags & SharedFlags) =>
    withStudio(flags, async (studio, reporter) => {
      await importToProject(studio, file, flags, reporter)
      return EXIT.done
    }),
  )

encoding(shared(program.command('export <project>')))
  .description('mix a project down; name it by id or by title')
  .option('--title <title>', 'title tag (preset: the project’s title)')
  .action((project: string, flags: ExportFlags & SharedFlags) =>
    withStudio(flags, async (studio, reporter, signal) => {
      const projectId = findProject(studio, project)
      const out = flags.out ?? [`${safeFileName(studio.project(projectId).settings.title)}.wav`]
      await exportToFiles(studio, projectId, { ...flags, out }, reporter, signal)
      return EXIT.done
    }),
  )

shared(program.command('projects'))
  .description('list the projects of the library')
  .action((flags: SharedFlags) =>
    withStudio(flags, (studio, reporter) => {
      for (const project of studio.listProjects())
        reporter.say('project', project, `${project.projectId}  ${project.title}  (${project.lineCount} lines)`)
      return EXIT.done
    }),
  )

const voices = program.command('voices').description('voices of the library: list, add recordings, remove')

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

const engines = program.command('engines').description('engines and devices: list, try, fetch what they need')

shared(engines.command('list', { isDefault: true }))
  .description('list the engines and what they can do')
  .action((flags: SharedFlags) =>
    withStudio(flags, async (studio, reporter) => {
      await studio.localEngine.adopt()
      for (const engine of studio.engines.list()) {
        const label = engine.isDraft ? `${engine.name} (draft)` : engine.name
        reporter.say('engine', engine, `${engine.engineId}  ${label}  ${engine.languages.join(' ')}`)
      }
      return EXIT.done
    }),
  )

json(engines.command('prove'))
  .description('try the graphics devices of this computer: small graphs, compared with the processor')
  .option('--device <provider...>', 'cuda, tensorrt, dml, coreml or webgpu (preset: all there are)')
  .action((flags: ProveFlags & SharedFlags) =>
    withReporter(flags, async (reporter, signal) => {
      const { proveCommand } = await import('./prove-command.ts')
      return (await proveCommand(flags, spawnCliWorkers(import.meta.dirname), reporter, signal))
        ? EXIT.done
        : EXIT.failed
    }),
  )

json(engines.command('install-cuda'))
  .description('fetch the libraries that CUDA needs beside NVIDIA’s own (Linux x64), or take them from a package')
  .option('--accept-licence <spdx>', 'the licence of the libraries, once you have read it; without, it is shown')
  .option('--sha256 <hex>', 'the hash of the package, once you have compared it; without, it is shown')
  .option('--package <file>', 'a package that was downloaded already, for machines without a network')
  .action((flags: InstallCudaFlags & SharedFlags) =>
    withReporter(flags, async (reporter, signal) => {
      await using cuda = await openCliCudaDesk(import.meta.dirname, reporter)
      const isInstalled = await installCudaCommand(cuda.desk, flags, cuda.listDevices, reporter, signal)
      return isInstalled ? EXIT.done : EXIT.usage
    }),
  )

json(engines.command('remove-cuda'))
  .description('remove the libraries for CUDA, and what was downloaded of them')
  .action((flags: SharedFlags) =>
    withReporter(flags, async (reporter) => {
      await using cuda = await openCliCudaDesk(import.meta.dirname, reporter)
      await removeCudaCommand(cuda.desk, reporter)
      return EXIT.done
    }),
  )

shared(program.command('doctor'))
  .description('check the library, its takes and the machine')
  .action((flags: SharedFlags) =>
    withStudio(flags, async (studio, reporter) =>
      (await doctorCommand(studio, reporter)) === 0 ? EXIT.done : EXIT.failed,
    ),
  )

json(program.command('say'))
  .description('speak a line with a model on this machine')
  .option('--engine <id>', 'what speaks', 'local')
  .requiredOption('--model <folder>', 'folder of the model (see: cosy models, cosy model convert)')
  .requiredOption('--text <text>', 'what is said')
  .requiredOption('--out <wav>', 'file to write')
  .option('--prompt <audio>', 'a recording of the voice, 3 to 10 seconds')
  .option('--prompt-text <text>', 'the words of the recording, exactly')
  .addOption(
    new Option(
      '--mode <mode>',
      'how the voice is asked for (preset: instruct with --instruct, zero-shot with --prompt-text, else cross-lingual)',
    ).choices(['zero-shot', 'cross-lingual', 'instruct']),
  )
  .option('--instruct <text>', 'how it is said: 请用四川话表达。')
  .option('--language <tag>', 'language of the text (preset: told from it)')
  .option('--no-normalise', 'leave numbers and signs to the model')
  .option('--seed <n>', 'the same seed says the same', '0')
  .option('--steps <n>', 'steps of the flow: fewer are faster', '10')
  .option('--speed <factor>', '2 is twice as fast', '1')
  .option('--device <provider>', 'cpu, cuda, tensorrt, dml, coreml or webgpu; tried first', 'automatic')
  .addOption(
    new Option('--memory <how>', 'staged: one part of the model in memory at a time')
      .choices(['resident', 'staged'])
      .default('resident'),
  )
  .option('--stream', 'speak while the line is still being made')
  .option('--trace <dir>', 'keep every intermediate as .npy')
  .option('--given <dir>', 'use the intermediates of this folder instead of computing them')
  .action((flags: SayFlags & SharedFlags) =>
    withReporter(flags, async (reporter, signal) => {
      const { sayCommand } = await import('./say-command.ts')
      await sayCommand(flags, reporter, signal)
      return EXIT.done
    }),
  )

const model = program.command('model').description('models that run on this machine: convert, inspect, check')

json(model.command('convert <checkpoint>'))
  .description('turn an official checkpoint into a model that this app can run')
  .requiredOption('--out <bundle>', 'folder of the model: new, or empty')
  .addOption(
    new Option('--precision <precision>', 'cpu: 8 bits, fastest on processors; gpu: 16 bits; fp32: as published')
      .choices(['cpu', 'gpu', 'fp32'])
      .default('cpu'),
  )
  .addOption(
    new Option('--llm <weights>', 'weights of the language model alone (preset: what the precision says)').choices([
      'int8',
      'int4',
      'fp16',
      'fp32',
    ]),
  )
  .option('--verify', 'compare with the checkpoint also where nothing was quantised')
  .action((checkpoint: string, flags: ConvertFlags & SharedFlags) =>
    withReporter(flags, async (reporter, signal) => {
      // Loaded when it is needed: no other command has use for ONNX Runtime.
      const { convertCheckpoint } = await import('../model-converter/index.ts')
      await convertCommand(convertCheckpoint, checkpoint, flags, reporter, signal)
      return EXIT.done
    }),
  )

json(model.command('inspect <bundle>'))
  .description('say what a converted model is, what it was made from and how exact it is')
  .action((bundle: string, flags: SharedFlags) =>
    withReporter(flags, async (reporter) => {
      await inspectCommand(bundle, reporter)
      return EXIT.done
    }),
  )

json(model.command('check <bundle>'))
  .description('read every byte of a converted model again')
  .action((bundle: string, flags: SharedFlags) =>
    withReporter(flags, async (reporter, signal) => {
      await checkCommand(bundle, reporter, signal)
      return EXIT.done
    }),
  )

const models = program.command('models').description('the models of this machine: get, keep and remove them')

const ofModels = (command: Command): Command =>
  json(
    command
      .option('--models <folder>', 'folder of the models (preset: the app’s own)')
      .option('--catalogue <file>', 'catalogue of models, for mirrors of one’s own (preset: the one of the app)'),
  )

const precision = (command: Command): Command =>
  command.addOption(
    new Option('--precision <precision>', 'cpu: 8 bits, fastest on processors; gpu: 16 bits; fp32: as published')
      .choices(['cpu', 'gpu', 'fp32'])
      .default('cpu'),
  )

const mirror = (command: Command): Command =>
  command.option('--mirror <id|url>', 'where to download from first: a mirror of the catalogue, or an address of yours')

const withModels = (
  flags: ModelsFlags & SharedFlags,
  run: (models: ModelClient, reporter: Reporter, signal: AbortSignal) => Promise<void>,
): Promise<void> =>
  withReporter(flags, async (reporter, signal) => {
    await using models = await openCliModels(flags, import.meta.dirname, reporter)
    await run(models, reporter, signal)
    return EXIT.done
  })

ofModels(models.command('list'))
  .description('list the models that are installed, and those that can be had')
  .action((flags: ModelsFlags & SharedFlags) => withModels(flags, listModelsCommand))

ofModels(mirror(precision(models.command('install <id>'))))
  .description('download a model and make it ready; begun again, it carries on')
  .option('--accept-licence <spdx>', 'the licence of the model, once you have read it; without, it is shown')
  .option('--keep-download', 'keep the published files, for another precision')
  .action((id: string, flags: InstallFlags & ModelsFlags & SharedFlags) =>
    withModels(flags, (models, ...job) => installCommand(models, id, flags, ...job)),
  )

ofModels(precision(models.command('import <path>')))
  .description('take in a model from a pack, or from the folder of a model or a checkpoint')
  .action((source: string, flags: InstallFlags & ModelsFlags & SharedFlags) =>
    withModels(flags, (models, ...job) => importModelCommand(models, source, flags, ...job)),
  )

ofModels(models.command('export <id> <file>'))
  .description('write a model into one file (.cosymodel) that another machine imports')
  .action((id: string, file: string, flags: ModelsFlags & SharedFlags) =>
    withModels(flags, (models, ...job) => exportModelCommand(models, id, file, ...job)),
  )

ofModels(mirror(models.command('repair <id>')))
  .description('read a model again and get what is damaged')
  .action((id: string, flags: InstallFlags & ModelsFlags & SharedFlags) =>
    withModels(flags, (models, ...job) => repairCommand(models, id, flags, ...job)),
  )

ofModels(models.command('remove <id>'))
  .description('remove a model')
  .action((id: string, flags: ModelsFlags & SharedFlags) =>
    withModels(flags, (models, reporter) => removeCommand(models, id, reporter)),
  )

ofModels(models.command('clean'))
  .description('throw away downloads and conversions that were not finished')
  .action((flags: ModelsFlags & SharedFlags) => withModels(flags, cleanCommand))

ofModels(models.command('disk'))
  .description('say what the models take, and what is free')
  .action((flags: ModelsFlags & SharedFlags) => withModels(flags, diskCommand))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help and version were asked for; everything else was a slip of the fingers, and commander has said which.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
}
