import { type BrowserWindow, dialog, type OpenDialogOptions, type SaveDialogOptions } from 'electron'
import type { Translator } from '../../shared/i18n/index.ts'

export type Dialogs = {
  chooseScript(): Promise<string | null>
  chooseFolder(startFolder: string | null): Promise<string | null>
  chooseSaveFile(suggestedPath: string): Promise<string | null>
  choosePack(): Promise<string | null>
  chooseRecording(): Promise<string | null>
  choosePackTarget(suggestedName: string): Promise<string | null>
}

/** Files that people keep recordings in; whatever FFmpeg decodes can be chosen. */
const RECORDINGS = ['wav', 'flac', 'mp3', 'm4a', 'aac', 'ogg', 'opus', 'aiff', 'wma', 'mp4', 'mov', 'webm']

/** System dialogs over the window; null when the person closed one without choosing. */
export const createDialogs = (window: () => BrowserWindow | undefined, translator: () => Translator): Dialogs => {
  const open = async (options: OpenDialogOptions): Promise<string | null> => {
    const over = window()
    const answer = await (over ? dialog.showOpenDialog(over, options) : dialog.showOpenDialog(options))
    return answer.canceled ? null : (answer.filePaths[0] ?? null)
  }
  const save = async (options: SaveDialogOptions): Promise<string | null> => {
    const over = window()
    const answer = await (over ? dialog.showSaveDialog(over, options) : dialog.showSaveDialog(options))
    return answer.canceled || !answer.filePath ? null : answer.filePath
  }
  const packFilters = () => [{ name: translator().t('dialog.choosePack.packs'), extensions: ['cosymodel'] }]
  return {
    chooseScript: () =>
      open({
        title: translator().t('dialog.chooseScript.title'),
        filters: [
          { name: translator().t('dialog.chooseScript.scripts'), extensions: ['txt', 'md', 'markdown', 'text'] },
          { name: translator().t('dialog.chooseScript.allFiles'), extensions: ['*'] },
        ],
        properties: ['openFile'],
      }),
    chooseFolder: (startFolder) =>
      open({
        title: translator().t('dialog.chooseFolder.title'),
        ...(startFolder && { defaultPath: startFolder }),
        properties: ['openDirectory', 'createDirectory'],
      }),
    chooseSaveFile: (suggestedPath) => save({ defaultPath: suggestedPath }),
    choosePack: () =>
      open({ title: translator().t('dialog.choosePack.title'), filters: packFilters(), properties: ['openFile'] }),
    chooseRecording: () =>
      open({
        title: translator().t('dialog.chooseRecording.title'),
        filters: [
          { name: translator().t('dialog.chooseRecording.sound'), extensions: RECORDINGS },
          { name: translator().t('dialog.chooseScript.allFiles'), extensions: ['*'] },
        ],
        properties: ['openFile'],
      }),
    choosePackTarget: (suggestedName) =>
      save({
        title: translator().t('dialog.choosePackTarget.title'),
        defaultPath: suggestedName,
        filters: packFilters(),
      }),
  }
}
