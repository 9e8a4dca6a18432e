import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { createTranslator, errorTexts, languageFor, type Translator } from '../shared/i18n/index.ts'
import { type AppError, createMintId } from '../shared/kernel/index.ts'
import { cudaDirectoryIn, workerEnvironment } from './engines/index.ts'
import { type ContractServer, createHandlers, serveContract } from './handlers/index.ts'
import { createFileLog, type Log } from './log/index.ts'
import { createModelClient } from './models/index.ts'
import { createTransport, type Transport } from './playback/index.ts'
import { openSecrets } from './secrets/index.ts'
import { openSettings, type SettingsFile } from './settings/index.ts'
import {
  broadcastToWindows,
  connectIpc,
  createAppScheme,
  createDialogs,
  createGrants,
  createKeepAwake,
  createVault,
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
import { isSameLocal, openCudaDesk, openStudioOrAsk, type WayOut } from './studio/index.ts'

const mainDirectory = import.meta.dirname
/** Set by `electron-vite dev`. */
const devServerUrl = process.env.ELECTRON_RENDERER_URL
const isDevelopment = devServerUrl !== undefined || process.env.COSY_CHECK_OUTPUTS === '1'

/** Asks what to do about a library that does not open. @returns index of the way chosen, -1 to quit */
const askWayOut =
  (translator: Translator, log: Log) =>
  async (error: AppError, ways: readonly WayOut[]): Promise<number> => {
    log('error', 'the library did not open', { error })
    const { what, why } = errorTexts(translator, error)
    const labels = ways.map((way) => translator.t(`dialog.libraryTrouble.${way}`))
    const chosen = await tellTrouble(what, why, [...labels, translator.t('dialog.libraryTrouble.quit')])
    return chosen < ways.length ? chosen : -1
  }

const startApp = async (electronApp: ElectronApp): Promise<void> => {
  const { userDataDirectory } = electronApp
  const log: Log = createFileLog(path.join(userDataDirectory, 'logs'), () => new Date())
  const settings: SettingsFile = openSettings(userDataDirectory, log)
  const mint = createMintId(randomBytes)
  const nowEpochMs = (): number => Date.now()
  const language = () => {
    const chosen = settings.get().language
    return chosen === 'system' ? languageFor(electronApp.systemLanguage()) : chosen
  }
  const translator = (): Translator => createTranslator(language())
  await electronApp.whenReady()

  let contract: ContractServer | undefined
  let transport: Transport | undefined
  const cudaDirectory = cudaDirectoryIn(userDataDirectory)
  const spawnWorker = spawnUtility(mainDirectory, workerEnvironment(cudaDirectory))
  const models = createModelClient({
    spawnWorker,
    directory: () => settings.get().modelsDirectory ?? path.join(userDataDirectory, 'models'),
    catalogueFile: path.join(mainDirectory, '../../resources/models/catalogue.json'),
    log,
    isOffline: () => settings.get().staysOffline,
  })
  const studio = await openStudioOrAsk(
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
      onTakesRemoved: (projectId, takeIds) => {
        for (const takeId of takeIds) transport?.forget({ kind: 'take', takeId })
        contract?.emit('take.removed', { projectId, takeIds })
      },
      localSettings: () => settings.get(),
      findModel: async (modelId) => (await models.list()).installed.find(({ id }) => id === modelId),
      cudaDirectory,
      onEnginesChanged: (engineIds) => contract?.emit('engine.changed', { engineIds }),
      onTwinsChanged: (voiceIds) => contract?.emit('voice.changed', { voiceIds }),
      onDevicesChanged: () => contract?.emit('engine.devices-changed', {}),
      secrets: openSecrets(path.join(userDataDirectory, 'library', 'keys.json'), createVault(), log),
      environment: (name) => process.env[name],
      isOffline: () => settings.get().staysOffline,
      keepAwake: createKeepAwake(),
    },
    askWayOut(translator(), log),
  )
  if (!studio) return electronApp.quit()
  await studio.start()

  /** A models folder that cannot be read is told where models are listed. */
  const adoptLocalEngine = (): void => {
    studio.localEngine.adopt().catch((error: unknown) => log('error', 'the local engine was not made anew', { error }))
  }
  const player = createTransport({
    spawnWorker,
    takesDirectory: studio.takesDirectory,
    planOf: (subject) => studio.playable(subject),
    settings: () => settings.get(),
    onChanged: (state) => contract?.emit('playback.changed', state),
    emitWebCommand: (command) => contract?.emit('playback.web-commanded', command),
    nowEpochMs,
  })

  transport = player

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
      transport: player,
      settings,
      grants,
      emit: (channel, payload) => {
        contract?.emit(channel, payload)
        // A model that came back, went or was repaired may be the one that the local engine speaks with.
        if (channel === 'model.changed') adoptLocalEngine()
      },
      runningJobs: () => contract?.runningJobs() ?? [],
      appInfo: {
        version: electronApp.version,
        systemLanguage: electronApp.systemLanguage,
        libraryPath: studio.library.directory,
      },
      musicDirectory: electronApp.musicDirectory,
      sampleDirectory: path.join(mainDirectory, '../../resources/sample'),
      chooseScript: dialogs.chooseScript,
      chooseFolder: dialogs.chooseFolder,
      chooseSaveFile: dialogs.chooseSaveFile,
      choosePack: dialogs.choosePack,
      choosePackTarget: dialogs.choosePackTarget,
      chooseRecording: dialogs.chooseRecording,
      models,
      cuda: openCudaDesk({
        directory: cudaDirectory,
        fetchPackage: models.fetchPackage,
        onChanged: () => studio.localEngine.devicesChanged(),
      }),
      letGoOfModel: (id) => studio.localEngine.letGo(id),
      translator,
      nowEpochMs,
      revealFile,
      setEnabledActions,
      onSettingsChanged: (before, after) => {
        if (before.language !== after.language) installMenu()
        if (before.audioOutput !== after.audioOutput || before.audioDeviceName !== after.audioDeviceName)
          player.settingsChanged()
        if (before.staysOffline !== after.staysOffline) {
          studio.offlineChanged()
          models.offlineChanged()
        }
        const haveModelsMoved = before.modelsDirectory !== after.modelsDirectory
        if (haveModelsMoved) contract?.emit('model.changed', {})
        if (haveModelsMoved || !isSameLocal(before, after)) adoptLocalEngine()
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
      mixWav: (planId) => player.mixWav(planId),
      mixStream: (planId) => player.mixStream(planId),
      voicePreview: (previewId) => studio.twins.previewWav(previewId),
      devServerUrl,
    }),
  )
  hardenWindows(log)
  connectIpc(server, isOurUrl)
  installMenu()
  onAppEnd(async () => {
    await server.close()
    await models[Symbol.asyncDispose]()
    await player[Symbol.asyncDispose]()
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
