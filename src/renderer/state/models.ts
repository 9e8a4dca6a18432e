import { createStore, type StoreApi } from 'zustand/vanilla'
import { type AppContract, appContract, type InputOf } from '../../shared/contract/index.ts'
import type { MessageKey, MessageParams } from '../../shared/i18n/index.ts'
import { AppCancel, type AppErrorData, type JobId, toAppError } from '../../shared/kernel/index.ts'
import { type ModelListingView, type ModelProgress, modelProgressSchema } from '../../shared/model/index.ts'
import type { Bridge, RunningJob } from '../bridge/index.ts'
import type { Library } from './library.ts'
import { addToPace, type Pace } from './model-pace.ts'

const JOB_CHANNELS = ['model.install', 'model.import', 'model.repair', 'model.export-pack'] as const
export type ModelJobChannel = (typeof JOB_CHANNELS)[number]

/** What a person asked for, and can ask for again. */
export type ModelOrder = {
  [Channel in ModelJobChannel]: { readonly channel: Channel; readonly input: InputOf<AppContract, Channel> }
}[ModelJobChannel]

/** Work on a model that runs, or has failed and waits to be seen. */
export type ModelTask = {
  readonly jobId: JobId
  readonly channel: ModelJobChannel
  /** Null for work that was begun before the window was loaded and that it knows nothing more of. */
  readonly order: ModelOrder | null
  /** What it is about, as the person calls it; null as `order`. */
  readonly label: string | null
  readonly status: 'running' | 'stopping' | 'failed'
  readonly progress: ModelProgress | null
  readonly pace: Pace | null
  readonly error: AppErrorData | null
}

/** How the last work ended; told once. */
export type ModelNews = {
  readonly textKey: MessageKey
  readonly params: MessageParams
  /** A file that can be shown in its folder. */
  readonly path: string | null
}

export type ModelsState = {
  /** Null until main has answered. */
  readonly listing: ModelListingView | null
  readonly listingError: AppErrorData | null
  /** In the order they were begun. */
  readonly tasks: readonly ModelTask[]
  readonly news: ModelNews | null
}

/** The models of this computer, and what is being done with them; goes on whatever the window shows. */
export type Models = {
  store: StoreApi<ModelsState>
  /** Asks main what there is. Failures are part of the state. */
  refresh(): Promise<void>
  /** @param label what it is about, as the person calls it */
  start(order: ModelOrder, label: string): void
  stop(jobId: JobId): void
  /** Begins failed work again. */
  retry(jobId: JobId): void
  /** Forgets failed work. */
  dismiss(jobId: JobId): void
  /** @throws AppError as `model.remove` */
  remove(id: string, label: string): Promise<void>
  /** @throws AppError as `model.remove-unfinished` */
  removeUnfinished(): Promise<void>
  forgetNews(): void
}

type Deps = {
  library: Pick<Library, 'store' | 'changeSettings'>
  /** Keeps what running jobs are about, for a window that is loaded anew. */
  storage: Pick<Storage, 'getItem' | 'setItem'>
  nowMs(): number
  /** Work has ended, well or not; a person who looks elsewhere should hear of it. */
  tellEnd(end: ModelNews | AppErrorData): void
  tellError(error: unknown): void
}

const STORAGE_KEY = 'cosy.modelJobs'
type KeptOrder = { readonly order: ModelOrder; readonly label: string }

const isModelJob = (channel: unknown): channel is ModelJobChannel => JOB_CHANNELS.some((known) => known === channel)

const orderOf = (channel: unknown, input: unknown): ModelOrder | null => {
  if (!isModelJob(channel)) return null
  const parsed = appContract[channel].input.safeParse(input)
  // The contract's own schema of the channel has just accepted it.
  return parsed.success ? ({ channel, input: parsed.data } as ModelOrder) : null
}

const readKept = (storage: Deps['storage']): Map<string, KeptOrder> => {
  const kept = new Map<string, KeptOrder>()
  try {
    const entries: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}')
    if (typeof entries !== 'object' || entries === null) return kept
    for (const [jobId, entry] of Object.entries(entries as Record<string, Partial<Record<string, unknown>> | null>)) {
      const order = orderOf(entry?.channel, entry?.input)
      if (order && typeof entry?.label === 'string') kept.set(jobId, { order, label: entry.label })
    }
  } catch {
    // Damaged notes are worth no message: the work goes on, it only has no name.
  }
  return kept
}

const writeKept = (storage: Deps['storage'], tasks: readonly ModelTask[]): void => {
  const entries = tasks.flatMap(({ jobId, order, label, status }) =>
    order && status !== 'failed' ? [[jobId, { ...order, label }] as const] : [],
  )
  storage.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(entries)))
}

type ToldJob = { jobId: JobId; news: Promise<ModelNews>; cancel(): void }
type Facts = Pick<ModelTask, 'channel' | 'order' | 'label'>

/** Work that a person stops: a download keeps what it has, everything else leaves no trace. */
const stoppedNews = (channel: ModelJobChannel): ModelNews => ({
  textKey: channel === 'model.install' || channel === 'model.repair' ? 'model.news.stopped' : 'model.news.cancelled',
  params: {},
  path: null,
})

export const createModels = (bridge: Bridge, deps: Deps): Models => {
  const { library, storage, nowMs, tellEnd } = deps
  const store = createStore<ModelsState>(() => ({ listing: null, listingError: null, tasks: [], news: null }))
  const stops = new Map<JobId, () => void>()

  const setTasks = (change: (tasks: readonly ModelTask[]) => readonly ModelTask[]): void => {
    store.setState(({ tasks }) => ({ tasks: change(tasks) }))
  }
  const patch = (jobId: JobId, change: Partial<ModelTask>): void =>
    setTasks((tasks) => tasks.map((task) => (task.jobId === jobId ? { ...task, ...change } : task)))
  const forget = (jobId: JobId): void => setTasks((tasks) => tasks.filter((task) => task.jobId !== jobId))
  const find = (jobId: JobId): ModelTask | undefined => store.getState().tasks.find((task) => task.jobId === jobId)
  const keep = (): void => writeKept(storage, store.getState().tasks)
  const tell = (news: ModelNews): void => {
    store.setState({ news })
    tellEnd(news)
  }

  let refreshing: Promise<void> | null = null
  let again = false
  /** Changes that come while main is asked are answered by asking once more. */
  const refresh = (): Promise<void> => {
    again = true
    refreshing ??= (async () => {
      while (again) {
        again = false
        try {
          store.setState({ listing: await bridge.call('model.list'), listingError: null })
        } catch (error) {
          store.setState({ listingError: toAppError(error).toData() })
        }
      }
    })().finally(() => {
      refreshing = null
    })
    return refreshing
  }

  /** The local engine speaks with the first model there is; later ones wait to be chosen. */
  const adopt = async (id: string): Promise<boolean> => {
    const { localModelId } = library.store.getState().settings
    const isThere = store.getState().listing?.installed.some((model) => model.id === localModelId) ?? false
    if (localModelId !== null && (isThere || localModelId === id)) return localModelId === id
    await library.changeSettings({ localModelId: id })
    return true
  }
  const installedNews = async ({ id }: { id: string }): Promise<ModelNews> => {
    await refresh()
    const isChosen = await adopt(id)
    const name = store.getState().listing?.installed.find((model) => model.id === id)?.name ?? id
    return {
      textKey: isChosen ? 'model.news.installedAndChosen' : 'model.news.installed',
      params: { name },
      path: null,
    }
  }
  const repairedNews = ({ repairedFiles }: { repairedFiles: number }): ModelNews => ({
    textKey: 'model.news.repaired',
    params: { count: repairedFiles },
    path: null,
  })
  const packedNews = ({ path }: { path: string }): ModelNews => ({
    textKey: 'model.news.packed',
    params: { path },
    path,
  })

  const telling = <Output>(
    { jobId, cancel, result }: RunningJob<Output>,
    newsOf: (output: Output) => ModelNews | Promise<ModelNews>,
  ): ToldJob => ({ jobId, cancel, news: result.then(newsOf) })
  const listen = (jobId: JobId | null) => {
    const listeners = {
      /** Known once the work has begun, and nothing is heard before. */
      jobId,
      progress: (progress: ModelProgress): void => {
        const task = listeners.jobId && find(listeners.jobId)
        if (task) patch(task.jobId, { progress, pace: addToPace(task.pace, progress, nowMs()) })
      },
    }
    return listeners
  }
  type Listeners = ReturnType<typeof listen>

  const begin = (order: ModelOrder, listeners: Listeners): ToldJob => {
    switch (order.channel) {
      case 'model.install':
        return telling(bridge.start(order.channel, order.input, listeners), installedNews)
      case 'model.import':
        return telling(bridge.start(order.channel, order.input, listeners), installedNews)
      case 'model.repair':
        return telling(bridge.start(order.channel, order.input, listeners), repairedNews)
      case 'model.export-pack':
        return telling(bridge.start(order.channel, order.input, listeners), packedNews)
    }
  }
  const watch = (channel: ModelJobChannel, jobId: JobId): ToldJob => {
    const listeners = listen(jobId)
    switch (channel) {
      case 'model.install':
        return telling(bridge.watch(channel, jobId, listeners), installedNews)
      case 'model.import':
        return telling(bridge.watch(channel, jobId, listeners), installedNews)
      case 'model.repair':
        return telling(bridge.watch(channel, jobId, listeners), repairedNews)
      case 'model.export-pack':
        return telling(bridge.watch(channel, jobId, listeners), packedNews)
    }
  }

  const follow = async (
    { jobId, news, cancel }: ToldJob,
    facts: Facts,
    progress: ModelProgress | null,
  ): Promise<void> => {
    const pace = progress && addToPace(null, progress, nowMs())
    setTasks((tasks) => [...tasks, { ...facts, jobId, status: 'running', progress, pace, error: null }])
    stops.set(jobId, cancel)
    keep()
    try {
      const told = await news
      forget(jobId)
      tell(told)
    } catch (error) {
      if (error instanceof AppCancel) {
        forget(jobId)
        tell(stoppedNews(facts.channel))
      } else {
        const failure = toAppError(error).toData()
        patch(jobId, { status: 'failed', error: failure })
        tellEnd(failure)
      }
    } finally {
      stops.delete(jobId)
      keep()
      await refresh()
    }
  }
  const start = (order: ModelOrder, label: string): void => {
    const listeners = listen(null)
    const job = begin(order, listeners)
    listeners.jobId = job.jobId
    store.setState({ news: null })
    void follow(job, { channel: order.channel, order, label }, null)
  }
  /** Work that was begun before this window was loaded. */
  const resume = async (): Promise<void> => {
    const kept = readKept(storage)
    const resumed = new Set<JobId>()
    for (const { jobId, channel, progress } of await bridge.call('job.list')) {
      if (!isModelJob(channel) || find(jobId)) continue
      const known = kept.get(jobId)
      const facts: Facts = { channel, order: known?.order ?? null, label: known?.label ?? null }
      resumed.add(jobId)
      void follow(watch(channel, jobId), facts, modelProgressSchema.safeParse(progress).data ?? null)
    }
    // What ended between the two had nobody listening: the list of models tells what came of it.
    const running = new Set((await bridge.call('job.list')).map(({ jobId }) => jobId))
    setTasks((tasks) => tasks.filter(({ jobId }) => !resumed.has(jobId) || running.has(jobId)))
    keep()
  }

  bridge.on('model.changed', () => void refresh())
  void refresh()
  resume().catch(deps.tellError)

  return {
    store,
    refresh,
    start,
    stop(jobId) {
      if (find(jobId)?.status === 'running') patch(jobId, { status: 'stopping' })
      stops.get(jobId)?.()
    },
    retry(jobId) {
      const task = find(jobId)
      if (!task?.order || task.status !== 'failed') return
      forget(jobId)
      start(task.order, task.label ?? '')
    },
    dismiss(jobId) {
      if (find(jobId)?.status === 'failed') forget(jobId)
    },
    async remove(id, name) {
      await bridge.call('model.remove', { id })
      if (library.store.getState().settings.localModelId === id) await library.changeSettings({ localModelId: null })
      await refresh()
      store.setState({ news: { textKey: 'model.news.removed', params: { name }, path: null } })
    },
    async removeUnfinished() {
      const { removedBytes } = await bridge.call('model.remove-unfinished')
      await refresh()
      const megabytes = Math.round(removedBytes / 1e6)
      store.setState({ news: { textKey: 'model.news.cleaned', params: { megabytes }, path: null } })
    },
    forgetNews: () => store.setState({ news: null }),
  }
}
