import path from 'node:path'
import type { Command } from 'commander'
import type { CudaOffer, FetchedCuda, ProviderFactsView } from '../../shared/device/index.ts'
import { sha256Schema } from '../../shared/device/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { CudaDesk } from '../studio/index.ts'
import { openCliCudaDesk } from './cli-cuda.ts'
import { EXIT, json, type SharedFlags, withReporter } from './command-line.ts'
import { everyPercent } from './every-percent.ts'
import { megabytes } from './model-report.ts'
import type { Reporter } from './reporter.ts'

export type InstallCudaFlags = { acceptLicence?: string; sha256?: string; package?: string }

const sayLicence = ({ packageName, licence, host, page, sizeBytes }: CudaOffer, reporter: Reporter): void =>
  reporter.say(
    'licence',
    { package: packageName, ...licence, host, page, sizeBytes },
    [
      `${packageName}, see ${page}`,
      `Licence: ${licence.spdx}, see ${licence.url}`,
      `From: ${host}`,
      `Size: ${sizeBytes === null ? 'the server says how much' : megabytes(sizeBytes)}`,
      `If you accept the licence, add: --accept-licence ${licence.spdx}`,
    ].join('\n'),
  )

const sayHash = (
  { sha256, sizeBytes }: FetchedCuda,
  { packageName, licence, page }: CudaOffer,
  { package: file }: InstallCudaFlags,
  reporter: Reporter,
): void => {
  const onwards = [
    `cosy engines install-cuda --accept-licence ${licence.spdx} --sha256 ${sha256}`,
    ...(file === undefined ? [] : [`--package ${/\s/.test(file) ? `'${file}'` : file}`]),
  ].join(' ')
  reporter.say(
    'hash',
    { package: packageName, sha256, sizeBytes, page },
    [
      `${packageName}, ${megabytes(sizeBytes)}, has the SHA-256`,
      `  ${sha256}`,
      'Nothing was installed yet: this version of the app does not know the hash. Compare it with that of the same package,',
      `downloaded another way from ${page}. Where they agree:`,
      `  ${onwards}`,
    ].join('\n'),
  )
}

const sayDevices = (devices: readonly ProviderFactsView[], reporter: Reporter): void => {
  for (const { provider, name, state, missing } of devices) {
    if (provider !== 'cuda' && provider !== 'tensorrt') continue
    const text = state === 'ready' ? `ready to be tried: cosy engines prove --device ${provider}` : state
    const what = missing.length > 0 ? `missing ${missing.join(', ')}` : text
    reporter.say('device', { provider, state, missing }, `${name}: ${what}`)
  }
}

const bring = async (
  desk: CudaDesk,
  { acceptLicence, package: file }: InstallCudaFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<FetchedCuda> => {
  if (file !== undefined) return desk.examine(path.resolve(file), acceptLicence, signal)
  const bar = everyPercent(reporter, 'download-progress')
  try {
    return await desk.fetch(acceptLicence, {
      signal,
      progress: ({ doneBytes, totalBytes }) => {
        if (totalBytes !== null) bar(doneBytes, totalBytes, 'downloading')
      },
    })
  } catch (error) {
    if (error instanceof AppCancel)
      reporter.say('cancelled', {}, 'Stopped. What is there is kept: the same command carries on from it.')
    throw error
  }
}

/**
 * `cosy engines install-cuda`: fetches the libraries for CUDA, or takes them from a package that is there. Without the
 * licence accepted it says what that is; without a hash that is known or confirmed it says the hash.
 * @param listDevices asked when all is done
 * @returns whether they are installed; false where the hash is to be confirmed first
 * @throws AppError as `CudaDesk`, `usage.invalid`; AppCancel
 */
export const installCudaCommand = async (
  desk: CudaDesk,
  flags: InstallCudaFlags,
  listDevices: () => readonly ProviderFactsView[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> => {
  const { acceptLicence, sha256, package: file } = flags
  if (sha256 !== undefined && !sha256Schema.safeParse(sha256).success)
    throw new AppError('usage.invalid', { params: { detail: `--sha256 ${sha256}` }, remedies: ['see-help'] })
  const offer = await desk.offer()
  if (offer && acceptLicence !== offer.licence.spdx) sayLicence(offer, reporter)
  const fetched = await bring(desk, flags, reporter, signal)
  if (offer && !fetched.isKnown && sha256 === undefined) {
    sayHash(fetched, offer, flags, reporter)
    return false
  }
  const bar = everyPercent(reporter, 'install-progress')
  const job = {
    signal,
    progress: ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }) =>
      bar(doneBytes, totalBytes, 'installing'),
  }
  await desk.install(sha256 ?? fetched.sha256, job, file === undefined ? undefined : path.resolve(file))
  reporter.say('cuda-installed', { sha256: fetched.sha256 }, 'The libraries for CUDA are installed.')
  sayDevices(listDevices(), reporter)
  return true
}

/** `cosy engines remove-cuda`. @throws AppError as `CudaDesk.remove` */
export const removeCudaCommand = async (desk: CudaDesk, reporter: Reporter): Promise<void> => {
  const offer = await desk.offer()
  await desk.remove()
  const wasThere = offer !== null && (offer.isInstalled || offer.isDownloaded)
  reporter.say(
    'cuda-removed',
    { wasThere },
    wasThere ? 'The libraries for CUDA are removed.' : 'No libraries for CUDA were installed.',
  )
}

export const registerCuda = (engines: Command, mainDirectory: string): void => {
  json(engines.command('install-cuda'))
    .description('fetch the libraries that CUDA needs beside NVIDIA’s own (Linux x64), or take them from a package')
    .option('--accept-licence <spdx>', 'the licence of the libraries, once you have read it; without, it is shown')
    .option('--sha256 <hex>', 'the hash of the package, once you have compared it; without, it is shown')
    .option('--package <file>', 'a package that was downloaded already, for machines without a network')
    .action((flags: InstallCudaFlags & SharedFlags) =>
      withReporter(flags, async (reporter, signal) => {
        await using cuda = await openCliCudaDesk(mainDirectory, reporter)
        const isInstalled = await installCudaCommand(cuda.desk, flags, cuda.listDevices, reporter, signal)
        return isInstalled ? EXIT.done : EXIT.usage
      }),
    )

  json(engines.command('remove-cuda'))
    .description('remove the libraries for CUDA, and what was downloaded of them')
    .action((flags: SharedFlags) =>
      withReporter(flags, async (reporter) => {
        await using cuda = await openCliCudaDesk(mainDirectory, reporter)
        await removeCudaCommand(cuda.desk, reporter)
        return EXIT.done
      }),
    )
}
