import { type Command, Option } from 'commander'
import { AppError } from '../../shared/kernel/index.ts'
import {
  type BundlePrecision,
  checkBundle,
  inspectBundle,
  type ModelDescription,
  openBundle,
} from '../model-bundle/index.ts'
import type { CheckpointJob, ConversionRequest, ConvertedCheckpoint } from '../model-converter/index.ts'
import { EXIT, json, type SharedFlags, withReporter } from './command-line.ts'
import { everyPercent } from './every-percent.ts'
import { megabytes, missingLines, sayBundle, sayReport } from './model-report.ts'
import type { Reporter } from './reporter.ts'

type ConvertFlags = {
  out: string
  precision: BundlePrecision
  llm?: ModelDescription['llm']['weights']
  verify?: boolean
}

export type Convert = (request: ConversionRequest, job: CheckpointJob) => Promise<ConvertedCheckpoint>

/**
 * `cosy model convert`: turns a checkpoint into a model that the app can run.
 * @throws AppError `checkpoint.*`, `model.*`; before `model.verification-failed` the figures are said. AppCancel
 */
export const convertCommand = async (
  convert: Convert,
  checkpoint: string,
  { out, precision, llm, verify = false }: ConvertFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const reading = everyPercent(reporter, 'reading-progress')
  const progress = everyPercent(reporter, 'model-progress')
  let readBytes = 0
  try {
    const { directory, outcome, resumedSteps, report, plan } = await convert(
      { checkpointDirectory: checkpoint, outDirectory: out, precision, llmWeights: llm, verify },
      {
        signal,
        onBytesRead: (bytes, totalBytes) => {
          readBytes += bytes
          reading(readBytes, totalBytes, 'reading the checkpoint')
        },
        progress: ({ stepId, doneBytes, totalBytes }) => progress(doneBytes, totalBytes, stepId),
      },
    )
    if (report) sayReport(reporter, report)
    const { sizeBytes } = await inspectBundle(directory)
    const resumed = resumedSteps.length === 0 ? '' : ` (${resumedSteps.length} parts were finished earlier)`
    const fact = outcome === 'written' ? `Written${resumed}` : 'There already'
    const lines = [`${fact}: ${directory}, ${megabytes(sizeBytes)}`, ...missingLines(plan.missing)]
    reporter.say('converted', { directory, outcome, resumedSteps, sizeBytes, missing: plan.missing }, lines.join('\n'))
  } catch (error) {
    // Loaded late, as by whoever made `convert`: the other commands have no need of ONNX Runtime.
    const { reportOfFailure } = await import('../model-converter/index.ts')
    const report = error instanceof AppError ? reportOfFailure(error) : undefined
    if (report) sayReport(reporter, report)
    throw error
  }
}

/** `cosy model inspect`: what a model is, and what it was made from. @throws AppError as `inspectBundle` */
const inspectCommand = async (bundle: string, reporter: Reporter): Promise<void> =>
  sayBundle(reporter, await inspectBundle(bundle))

/** `cosy model check`: reads every byte of a model again. @throws AppError as `checkBundle`. AppCancel */
const checkCommand = async (bundle: string, reporter: Reporter, signal: AbortSignal): Promise<void> => {
  const { directory, manifest } = await openBundle(bundle)
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const progress = everyPercent(reporter, 'check-progress')
  let doneBytes = 0
  const onBytes = (bytes: number): void => {
    doneBytes += bytes
    progress(doneBytes, sizeBytes, 'reading')
  }
  await checkBundle(directory, { signal, onBytes })
  const { length: files } = manifest.files
  const text = `Every file is as it was written (${files} files, ${megabytes(sizeBytes)}).`
  reporter.say('checked', { directory, files, sizeBytes }, text)
}

/** An option of every command that may convert. */
export const precision = (command: Command): Command =>
  command.addOption(
    new Option('--precision <precision>', 'cpu: 8 bits, fastest on processors; gpu: 16 bits; fp32: as published')
      .choices(['cpu', 'gpu', 'fp32'])
      .default('cpu'),
  )

/** `cosy model`. */
export const registerModel = (program: Command): void => {
  const model = program.command('model').description('models that run on this machine: convert, inspect, check')

  json(precision(model.command('convert <checkpoint>')))
    .description('turn an official checkpoint into a model that this app can run')
    .requiredOption('--out <bundle>', 'folder of the model: new, or empty')
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
}
