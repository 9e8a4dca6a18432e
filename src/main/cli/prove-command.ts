import type { Command } from 'commander'
import type { DeviceCertificate } from '../../shared/device/index.ts'
import { providerSchema } from '../../shared/device/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { listDevices, proveDevices } from '../engines/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { cliCudaDirectory, spawnCliWorkers } from './cli-workers.ts'
import { EXIT, json, type SharedFlags, withReporter } from './command-line.ts'
import type { Reporter } from './reporter.ts'

type ProveFlags = { device?: string[] }

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`

const inWords = (name: string, { isRight, probes, speedRatioToCpu, refusal }: DeviceCertificate): string => {
  const speed = speedRatioToCpu === null ? '' : `, ${speedRatioToCpu.toFixed(2)} times as fast as the processor`
  const head = `${name}: ${isRight ? 'right' : 'not usable'}${speed}`
  const reason = refusal ? [`  ${refusal.code}: ${refusal.params.reason ?? refusal.params.graph ?? ''}`] : []
  const rows = probes.map(({ id, isRight: isFine, relativeError, milliseconds }) => {
    const error = relativeError === null ? 'no numbers' : `error ${percent(relativeError)}`
    const time = milliseconds === null ? '' : `, ${milliseconds.toFixed(1)} ms`
    return `  ${isFine ? 'right' : 'wrong'}  ${id}: ${error}${time}`
  })
  return [head, ...reason, ...rows].join('\n')
}

/**
 * `cosy engines prove`: tries devices, each in a process of its own.
 * @returns whether one of them is right
 * @throws AppError `usage.invalid`; AppCancel
 */
const proveCommand = async (
  flags: ProveFlags,
  spawnWorker: SpawnWorker,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> => {
  const wanted = flags.device?.map((device) => {
    const provider = providerSchema.exclude(['cpu']).safeParse(device)
    if (provider.success) return provider.data
    throw new AppError('usage.invalid', { params: { detail: `--device ${device}` }, remedies: ['see-help'] })
  })
  const facts = listDevices(cliCudaDirectory())
  const there = facts.filter(
    ({ provider, state }) => provider !== 'cpu' && (wanted?.includes(provider) ?? state !== 'absent'),
  )
  for (const { provider, name, state, missing } of there.filter((fact) => fact.state !== 'ready')) {
    const hint = state === 'installable' ? 'its libraries were not fetched, see: cosy engines install-cuda' : state
    const what = missing.length > 0 ? `missing ${missing.join(', ')}` : hint
    reporter.say('device', { provider, state, missing }, `${name}: ${what}`)
  }
  const ready = there.filter(({ state }) => state === 'ready').map(({ provider }) => provider)
  const certificates = await proveDevices(
    ready,
    { spawnWorker, nowEpochMs: () => Date.now() },
    {
      signal,
      onCertificate: (certificate) =>
        reporter.say(
          'certificate',
          certificate,
          inWords(facts.find(({ provider }) => provider === certificate.provider)?.name ?? '', certificate),
        ),
    },
  )
  return certificates.some(({ isRight }) => isRight)
}

export const registerProve = (engines: Command, mainDirectory: string): void => {
  json(engines.command('prove'))
    .description('try the graphics devices of this computer: small graphs, compared with the processor')
    .option('--device <provider...>', 'cuda, tensorrt, dml, coreml or webgpu (preset: all there are)')
    .action((flags: ProveFlags & SharedFlags) =>
      withReporter(flags, async (reporter, signal) => {
        return (await proveCommand(flags, spawnCliWorkers(mainDirectory), reporter, signal)) ? EXIT.done : EXIT.failed
      }),
    )
}
