import type {
  MessageBoxOptions,
  MessageBoxReturnValue,
  OpenDialogOptions,
  OpenDialogReturnValue,
  SaveDialogOptions,
  SaveDialogReturnValue,
} from 'electron'
import { BrowserWindow } from './browser-window.ts'
import { chooseFile, type FileRequest } from './file-chooser.ts'
import { host } from './host.ts'
import { warn } from './log.ts'
import { throwNotEmulated } from './not-emulated.ts'
import { openWindows } from './window-registry.ts'

/** Electron takes the owner window first, or leaves it out. */
type Args<Options> = [BrowserWindow, Options] | [Options]

function split<Options>(args: Args<Options>): { owner: BrowserWindow | undefined; options: Options } {
  if (args.length === 2) return { owner: args[0], options: args[1] }
  return { owner: BrowserWindow.getFocusedWindow() ?? openWindows[0], options: args[0] }
}

/** Only a person can answer, in a window on the desktop. Tests replace the functions of `dialog`. */
const isSomebodyThere = (owner: BrowserWindow | undefined): owner is BrowserWindow =>
  owner !== undefined && host.isHeaded && !host.isUnderPlaywright

async function choose<Options extends { title?: string; defaultPath?: string; filters?: FileRequest['filters'] }>(
  kind: FileRequest['kind'],
  args: Args<Options>,
): Promise<string | undefined> {
  const { owner, options } = split(args)
  if (!isSomebodyThere(owner)) return undefined
  const { title = '', defaultPath = '', filters = [] } = options
  return chooseFile({ kind, title, defaultPath, filters }, (question) => owner.webContents.ask(question))
}

export const dialog = {
  async showOpenDialog(...args: Args<OpenDialogOptions>): Promise<OpenDialogReturnValue> {
    const { properties } = split(args).options
    if (properties?.includes('multiSelections') && host.isHeaded) throwNotEmulated('dialog with multiSelections')
    const chosen = await choose(properties?.includes('openDirectory') ? 'folder' : 'open', args)
    return { canceled: chosen === undefined, filePaths: chosen === undefined ? [] : [chosen] }
  },

  async showSaveDialog(...args: Args<SaveDialogOptions>): Promise<SaveDialogReturnValue> {
    const chosen = await choose('save', args)
    return { canceled: chosen === undefined, filePath: chosen ?? '' }
  },

  async showMessageBox(...args: Args<MessageBoxOptions>): Promise<MessageBoxReturnValue> {
    const { owner, options } = split(args)
    const { message, detail = '', buttons = ['OK'], checkboxChecked = false } = options
    const defaultButton = options.defaultId ?? options.cancelId ?? 0
    const cancelButton = options.cancelId ?? defaultButton
    if (!isSomebodyThere(owner)) {
      warn([message, detail].filter(Boolean).join(': '))
      return { response: defaultButton, checkboxChecked }
    }
    const answer = await owner.webContents.ask({ title: message, detail, buttons, defaultButton, cancelButton })
    return { response: 'button' in answer ? answer.button : cancelButton, checkboxChecked }
  },

  showErrorBox(title: string, content: string): void {
    warn(`${title}: ${content}`)
  },
}
