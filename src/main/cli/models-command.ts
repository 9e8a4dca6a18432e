import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { AvailableModelView, InstalledModelView } from '../../shared/model/index.ts'
import type { BundlePrecision } from '../model-bundle/index.ts'
import {
  type InstalledModel,
  type InstallJob,
  installedView,
  type MirrorChoice,
  type ModelClient,
  modelListingView,
} from '../models/index.ts'
import { EXIT, json, type SharedFlags, withReporter } from './command-line.ts'
import { everyPercent } from './every-percent.ts'
import { precision } from './model-command.ts'
import { megabytes, missingLines, table } from './model-report.ts'
import { type ModelsFlags, openCliModels } from './open-cli-models.ts'
import type { Reporter } from './reporter.ts'

type InstallFlags = {
  precision: BundlePrecision
  mirror?: string
  acceptLicence?: string
  keepDownload?: boolean
}

const sizeOf = (sizeBytes: number): string =>
  sizeBytes < 1e9 ? megabytes(sizeBytes) : `${(sizeBytes / 1e9).toFixed(2)} GB`

const freeText = (freeBytes: number | null | undefined): string =>
  freeBytes === null || freeBytes === undefined ? 'the disk does not say how much is free' : `${sizeOf(freeBytes)} free`

const STAGES = { download: 'downloading', verify: 'reading again', convert: 'converting', copy: 'copying' } as const

/** Progress of a job, stage by stage; of a cancel is said how to go on. */
const withProgress = async <Output>(
  reporter: Reporter,
  signal: AbortSignal,
  afterCancel: string,
  work: (job: InstallJob) => Promise<Output>,
): Promise<Output> => {
  const [download, verify, convert, copy] = (['download', 'verify', 'convert', 'copy'] as const).map((stage) =>
    everyPercent(reporter, `${stage}-progress`),
  )
  const bars = { download, verify, convert, copy }
  try {
    return await work({
      signal,
      progress: ({ stage, part, doneBytes, totalBytes }) => {
        const label = part === undefined ? STAGES[stage] : `${STAGES[stage]}: ${part}`
        bars[stage]?.(doneBytes, totalBytes, label)
      },
    })
  } catch (error) {
    if (error instanceof AppCancel) reporter.say('cancelled', {}, `Stopped. ${afterCancel}`)
    throw error
  }
}

const listing = async (models: ModelClient) =>
  modelListingView(await models.list(), await models.diskUsage(), models.directory())

const problemText = ({ id, problem }: InstalledModelView): string => {
  if (!problem) return ''
  return problem.code === 'model.newer-than-app'
    ? 'written by a newer version of the app'
    : `damaged (${problem.params.file ?? problem.code}); mend it with: cosy models repair ${id}`
}

const downloadText = ({ downloadBytes, downloadedBytes }: AvailableModelView): string =>
  downloadedBytes === 0
    ? `${sizeOf(downloadBytes)} to download`
    : `${sizeOf(downloadedBytes)} of ${sizeOf(downloadBytes)} downloaded`

/** `cosy models list`: what is installed, and what could be. @throws AppError as `ModelShelf` */
const listModelsCommand = async (models: ModelClient, reporter: Reporter): Promise<void> => {
  const { installed, available, directory } = await listing(models)
  const heading = installed.length === 0 ? `No models in ${directory}` : `In ${directory}:`
  reporter.say('models', { directory, installed: installed.length }, heading)
  const rows = table(
    installed.map((model) => [
      model.id,
      model.name,
      model.precision ?? model.layout,
      sizeOf(model.sizeBytes),
      problemText(model),
    ]),
  )
  for (const [index, model] of installed.entries()) reporter.say('installed-model', model, rows[index] ?? '')
  reporter.say('catalogue', { available: available.length }, 'To be had (see: cosy models install --help):')
  const offers = table(
    available.map((model) => [
      model.catalogueId,
      model.name,
      downloadText(model),
      model.licence.spdx,
      model.languages.join(' '),
    ]),
  )
  for (const [index, model] of available.entries()) reporter.say('available-model', model, offers[index] ?? '')
}

/** `cosy models disk`: what models take. @throws AppError as `ModelShelf` */
const diskCommand = async (models: ModelClient, reporter: Reporter): Promise<void> => {
  const usage = await models.diskUsage()
  const page = [
    `${models.directory()}: ${freeText(usage.freeBytes)}`,
    ...table([
      ...usage.models.map(({ id, sizeBytes }) => [id, sizeOf(sizeBytes)]),
      ['unfinished', sizeOf(usage.unfinishedBytes)],
    ]),
  ]
  const facts = { ...usage, directory: models.directory(), freeBytes: usage.freeBytes ?? null }
  reporter.say('disk', facts, page.join('\n'))
}

const findMirror = (named: string | undefined, offers: readonly AvailableModelView[]): MirrorChoice | undefined => {
  if (named === undefined) return undefined
  if (/^https?:/.test(named)) return { baseUrl: named }
  const known = [...new Set(offers.flatMap(({ mirrors }) => mirrors.map(({ id }) => id)))]
  if (known.includes(named)) return { id: named }
  throw new AppError('usage.invalid', {
    params: { detail: `there is no mirror “${named}”; there are ${known.join(', ')}, and addresses of your own` },
    remedies: ['see-help'],
  })
}

const sayLicence = (
  { name, licence, mirrors, fileCount, ...model }: AvailableModelView,
  neededBytes: number,
  freeBytes: number | null,
  reporter: Reporter,
): void =>
  reporter.say(
    'licence',
    { model: model.catalogueId, ...licence, downloadBytes: model.downloadBytes, neededBytes, freeBytes },
    [
      `${name} by ${licence.attribution}`,
      `Licence: ${licence.spdx}, see ${licence.url}`,
      `From: ${mirrors.map((mirror) => mirror.name).join(', ')}`,
      `Size: ${sizeOf(model.downloadBytes)} in ${fileCount} files; ${sizeOf(neededBytes)} are needed for a while, ${freeText(freeBytes)}`,
      `If you accept the licence, add: --accept-licence ${licence.spdx}`,
    ].join('\n'),
  )

const sayInstalled = (event: string, fact: string, model: InstalledModel, reporter: Reporter): void => {
  const { id, directory, sizeBytes, missing } = model
  const lines = [`${fact}: ${id}, ${sizeOf(sizeBytes)}, ${directory}`, ...missingLines(missing)]
  reporter.say(event, { ...installedView(model), directory }, lines.join('\n'))
}

/**
 * `cosy models install`: downloads a model of the catalogue and makes it ready. Without its licence accepted it says what
 * that is, and how much there is to download.
 * @throws AppError `model.licence-not-accepted`, `usage.invalid`, and those of `installModel`. AppCancel
 */
const installCommand = async (
  models: ModelClient,
  modelId: string,
  { precision, mirror: named, acceptLicence, keepDownload = false }: InstallFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const { available, freeBytes } = await listing(models)
  const mirror = findMirror(named, available)
  const offer = available.find(({ catalogueId }) => catalogueId === modelId)
  if (offer && offer.licence.spdx !== acceptLicence)
    sayLicence(offer, offer.neededBytes[precision], freeBytes, reporter)
  const options = { precision, acceptedLicence: acceptLicence, keepsDownload: keepDownload, ...(mirror && { mirror }) }
  const afterCancel =
    'What is there is kept: the same command carries on from it, and “cosy models clean” throws it away.'
  const model = await withProgress(reporter, signal, afterCancel, (job) => models.install(modelId, options, job))
  sayInstalled('installed', 'Installed', model, reporter)
}

/** `cosy models import`: takes in a pack, a bundle, a checkpoint or a community model. @throws AppError as `importModel`. AppCancel */
const importModelCommand = async (
  models: ModelClient,
  source: string,
  { precision }: Pick<InstallFlags, 'precision'>,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const afterCancel = 'No model was taken in. The same command begins again; where it was converting, it carries on.'
  const model = await withProgress(reporter, signal, afterCancel, (job) =>
    models.importFrom(source, { precision }, job),
  )
  sayInstalled('imported', 'Imported', model, reporter)
}

/** `cosy models export`: writes a model into one file. @throws AppError as `exportPack`. AppCancel */
const exportModelCommand = async (
  models: ModelClient,
  id: string,
  target: string,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const file = path.resolve(target)
  await withProgress(reporter, signal, 'No file was written.', (job) => models.exportPack(id, file, job))
  const { size: sizeBytes } = await stat(file)
  reporter.say('exported', { id, file, sizeBytes }, `Written: ${file}, ${sizeOf(sizeBytes)}`)
}

/** `cosy models repair`: reads a model again and gets what is damaged. @throws AppError as `repairModel`. AppCancel */
const repairCommand = async (
  models: ModelClient,
  id: string,
  { mirror: named }: Pick<InstallFlags, 'mirror'>,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> => {
  const mirror = findMirror(named, (await listing(models)).available)
  const afterCancel = 'What is there is kept: the same command carries on from it.'
  const { model, damaged } = await withProgress(reporter, signal, afterCancel, (job) =>
    models.repair(id, mirror ? { mirror } : {}, job),
  )
  const text =
    damaged.length === 0 ? `Every file of ${id} is as it should be.` : `Repaired: ${id} (${damaged.join(', ')})`
  reporter.say('repaired', { ...installedView(model), damaged }, text)
}

/** `cosy models remove`. @throws AppError as `ModelShelf.remove` */
const removeCommand = async (models: ModelClient, id: string, reporter: Reporter): Promise<void> => {
  const { sizeBytes = 0 } = (await models.list()).installed.find((model) => model.id === id) ?? {}
  await models.remove(id)
  reporter.say('removed', { id, sizeBytes }, `Removed: ${id}, ${sizeOf(sizeBytes)}`)
}

/** `cosy models clean`: throws away what was not finished. @throws AppError as `ModelShelf.removeUnfinished` */
const cleanCommand = async (models: ModelClient, reporter: Reporter): Promise<void> => {
  const removedBytes = await models.removeUnfinished()
  const text =
    removedBytes === 0 ? 'There was nothing unfinished.' : `Removed: ${sizeOf(removedBytes)} of unfinished work`
  reporter.say('cleaned', { removedBytes }, text)
}

const ofModels = (command: Command): Command =>
  json(
    command
      .option('--models <folder>', 'folder of the models (preset: the app’s own)')
      .option('--catalogue <file>', 'catalogue of models, for mirrors of one’s own (preset: the one of the app)'),
  )

const mirror = (command: Command): Command =>
  command.option('--mirror <id|url>', 'where to download from first: a mirror of the catalogue, or an address of yours')

/** `cosy models`. @param mainDirectory where the built worker entries lie (out/main) */
export const registerModels = (program: Command, mainDirectory: string): void => {
  const models = program.command('models').description('the models of this machine: get, keep and remove them')

  const withModels = (
    flags: ModelsFlags & SharedFlags,
    run: (models: ModelClient, reporter: Reporter, signal: AbortSignal) => Promise<void>,
  ): Promise<void> =>
    withReporter(flags, async (reporter, signal) => {
      await using models = await openCliModels(flags, mainDirectory, reporter)
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
}
