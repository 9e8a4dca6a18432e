import type { Log } from '../log/index.ts'
import type { WorkerMethod } from '../worker-process/index.ts'
import { loadCatalogue } from './catalogue.ts'
import { coalesceProgress } from './coalesce-progress.ts'
import { fetchPackage } from './fetch-package.ts'
import type { InstallDeps, InstallJob } from './install-model.ts'
import {
  exportPackInputSchema,
  importInputSchema,
  installInputSchema,
  type ModelItem,
  offlineInputSchema,
  packageInputSchema,
  repairInputSchema,
} from './model-messages.ts'
import { createModelStore, type ModelStore } from './model-store.ts'
import { createShutOff } from './shut-off.ts'

type ModelWorkerDeps = Pick<InstallDeps, 'clock' | 'random' | 'convert'> & {
  createFetch(log: Log): InstallDeps['fetch']
}

type Call = Parameters<WorkerMethod>[1]

/** The work of a model store, for calls by name. See model-messages.ts for what goes in and out. */
export const modelWorkerMethods = ({
  createFetch: createOpenFetch,
  ...deps
}: ModelWorkerDeps): Readonly<Record<string, WorkerMethod>> => {
  const shutOff = createShutOff()
  const createFetch = (log: Log): InstallDeps['fetch'] => shutOff.guard(createOpenFetch(log))
  const withReports = async <Output>(call: Call, work: (job: InstallJob, log: Log) => Promise<Output>) => {
    const say = (item: ModelItem): void => call.item(item)
    using coalesced = coalesceProgress((progress) => say({ kind: 'progress', progress }), deps.clock)
    return await work({ signal: call.signal, progress: coalesced.report }, (level, message, facts) =>
      say({ kind: 'log', level, message, ...(facts && { facts }) }),
    )
  }
  const withStore = <Output>(
    { directory, catalogueFile }: { directory: string; catalogueFile: string },
    call: Call,
    work: (store: ModelStore, job: InstallJob) => Promise<Output>,
  ): Promise<Output> =>
    withReports(call, async (job, log) => {
      const catalogue = await loadCatalogue(catalogueFile)
      return work(createModelStore({ ...deps, fetch: createFetch(log), directory, catalogue, log }), job)
    })
  return {
    install: (input, call) => {
      const { modelId, precision, mirror, acceptedLicence, keepsDownload, ...store } = installInputSchema.parse(input)
      const options = {
        ...(precision && { precision }),
        ...(mirror && { mirror }),
        acceptedLicence: acceptedLicence ?? undefined,
        keepsDownload,
      }
      return withStore(store, call, async ({ install }, job) => ({ id: (await install(modelId, options, job)).id }))
    },
    importFrom: (input, call) => {
      const { source, precision, ...store } = importInputSchema.parse(input)
      const options = precision ? { precision } : {}
      return withStore(store, call, async ({ importFrom }, job) => ({
        id: (await importFrom(source, options, job)).id,
      }))
    },
    exportPack: (input, call) => {
      const { id, file, ...store } = exportPackInputSchema.parse(input)
      return withStore(store, call, ({ exportPack }, job) => exportPack(id, file, job))
    },
    repair: (input, call) => {
      const { id, mirror, ...store } = repairInputSchema.parse(input)
      return withStore(store, call, async ({ repair }, job) => {
        const { model, damaged } = await repair(id, mirror ? { mirror } : {}, job)
        return { id: model.id, damaged }
      })
    },
    setOffline: async (input) => shutOff.set(offlineInputSchema.parse(input).isOffline),
    fetchPackage: (input, call) => {
      const request = packageInputSchema.parse(input)
      return withReports(call, (job, log) => fetchPackage(request, job, { ...deps, fetch: createFetch(log), log }))
    },
  }
}
