import { randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'
import { createTranslator, errorTexts, languageFor, type Translator } from '../shared/i18n/index.ts'
import { toAppError } from '../shared/kernel/index.ts'
import { type ContractServer, createHandlers, serveContract } from './handlers/index.ts'
import { restoreNewestBackup } from './library/index.ts'
import { createFileLog, type Log } from './log/index.ts'
import { createTransport } from './playback/index.ts'
import { openSettings, type SettingsFile } from './settings/index.ts'
import {
  broadcastToWindows,
  connectIpc,
  createAppScheme,
  createDialogs,
  createGrants,
  createKeepAwake,
  type ElectronApp,
  hardenWindows,
  installAppMenu,
  isOurUrl,
  onAppEnd,
  openAppWindow,
  prepareApp,
  revealFile,
  serveAppScheme,
  setEnabledActions,
  spawnUtility,
  tellTrouble,
} from './shell/index.ts'
import { Studio, type StudioDeps } from './studio/index.ts'

const mainDirectory = import.meta.dirname
const isDevelopment = process.env.ELECTRON_RENDERER_URL !== undefined || process.env.COSY_CHECK_OUTPUTS === '1'

/** Opens the library, or tells what is wrong with it and what can be done. @returns undefined when the person quits */
const openStudio = async (deps: StudioDeps, translator: Translator): Promise<Studio | undefined> => {
  for (;;) {
    try {
      return new Studio(deps)
    } catch (error) {
      const named = toAppError(error)
      deps.log('error', 'the library did not open', { error })
      const { what, why } = errorTexts(translator, named)
      const canRestore = named.remedies.includes('restore-backup')
      const buttons = [
        ...(canRestore ? [translator.t('dialog.libraryTrouble.restore')] : []),
        translator.t('dialog.libraryTrouble.quit'),
      ]
      const chosen = await tellTrouble(what, why, buttons)
      if (!canRestore || chosen !== 0) return undefined
      await restoreNewestBackup(deps.directory)
    }
  }
}

const startApp = async (electronApp: ElectronApp): Promise<void> => {
  const { userDataDirectory } = electronApp
  const log: Log = createFileLog(path.join(userDataDirectory, 'logs'), () => new Date())
  const settings: SettingsFile = openSettings(userDataDirectory, log)
  const mint = (): string => randomUUID()
  const nowEpochMs = (): number => Date.now()
  const language = () => {
    const chosen = settings.get().language
    return chosen === 'system' ? languageFor(electronApp.systemLanguage()) : chosen
  }
  const translator = (): Translator => createTranslator(language())
  await electronApp.whenReady()

  let contract: ContractServer | undefined
  const spawnWorker = spawnUtility(mainDirectory)
  const studio = await openStudio(
    {
      directory: path.join(userDataDirectory, 'library'),
      spawnWorker,
      defaultEngineId: () => settings.get().defaultEngineId,
      nowEpochMs,
      random: () => randomBytes(4).readUInt32LE() / 2 ** 32,
      mint,
      log,
      onQueueChanged: (projectIds) => contract?.emit('queue.changed', { projectIds }),
      onTakesAdded: (projectId, takeIds) => contract?.emit('take.added', { projectId, takeIds }),
      onTakesRemoved: (projectId, takeIds) => contract?.emit('take.removed', { projectId, takeIds }),
      keepAwake: createKeepAwake(),
    },
    translator(),
  )
  if (!studio) return electronApp.quit()
  studio.start()

  const transport = createTransport({
    spawnWorker,
    takesDirectory: studio.takesDirectory,
    planOf: async (subject) => studio.playable(subject),
    settings: () => settings.get(),
    onChanged: (state) => contract?.emit('playback.changed', state),
    emitWebCommand: (command) => contract?.emit('playback.web-commanded', command),
    nowEpochMs,
  })

  const grants = createGrants(mint)
  let window: ReturnType<typeof openAppWindow> | undefined
  const dialogs = createDialogs(() => window, translator)
  const installMenu = (): void =>
    installAppMenu({
      translator: translator(),
      onChosen: (actionId) => contract?.emit('app.action-chosen', { actionId }),
    })
  const server = serveContract({
    handlers: createHandlers({
      studio,
      transport,
      settings,
      grants,
      dialogs,
      spawnWorker,
      emit: (channel, payload) => contract?.emit(channel, payload),
      runningJobs: () => contract?.runningJobs() ?? [],
      appInfo: {
        version: electronApp.version,
        systemLanguage: electronApp.systemLanguage,
        musicDirectory: electronApp.musicDirectory,
        sampleDirectory: path.join(mainDirectory, '../../resources/sample'),
      },
      translator,
      nowEpochMs,
      revealFile,
      setEnabledActions,
      onSettingsChanged: (before, after) => {
        if (before.language !== after.language) installMenu()
        if (before.zoomFactor !== after.zoomFactor) window?.webContents.setZoomFactor(after.zoomFactor)
      },
    }),
    broadcast: broadcastToWindows,
    checksOutputs: isDevelopment,
    nowEpochMs,
    log,
  })
  contract = server

  serveAppScheme(
    createAppScheme({
      rendererDirectory: path.join(mainDirectory, '../renderer'),
      takePath: (takeId) => studio.takePath(takeId),
      takePeaks: (takeId) => studio.takePeaks(takeId),
      mixWav: (planId) => transport.mixWav(planId),
    }),
  )
  hardenWindows(log)
  connectIpc(server, isOurUrl)
  installMenu()
  onAppEnd(async () => {
    await server.close()
    await transport[Symbol.asyncDispose]()
    await studio[Symbol.asyncDispose]()
  })
  window = openAppWindow({
    mainDirectory,
    userDataDirectory,
    title: 'Cosy Studio',
    zoomFactor: settings.get().zoomFactor,
    log,
  })
}

const electronApp = prepareApp()
if (electronApp) void startApp(electronApp)
