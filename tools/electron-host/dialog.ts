import type { MessageBoxOptions, MessageBoxReturnValue, OpenDialogReturnValue, SaveDialogReturnValue } from 'electron'
import { warn } from './log.ts'

/** Electron takes the owner window first, or leaves it out. */
const optionsOf = (args: unknown[]): Partial<MessageBoxOptions> => (args.at(-1) ?? {}) as Partial<MessageBoxOptions>

/** Nobody is there to be asked: every dialog is cancelled or takes its default. Tests replace the functions. */
export const dialog = {
  async showOpenDialog(..._args: unknown[]): Promise<OpenDialogReturnValue> {
    return { canceled: true, filePaths: [] }
  },
  async showSaveDialog(..._args: unknown[]): Promise<SaveDialogReturnValue> {
    return { canceled: true, filePath: '' }
  },
  async showMessageBox(...args: unknown[]): Promise<MessageBoxReturnValue> {
    const { defaultId, cancelId, checkboxChecked = false } = optionsOf(args)
    return { response: defaultId ?? cancelId ?? 0, checkboxChecked }
  },
  showMessageBoxSync(...args: unknown[]): number {
    const { defaultId, cancelId } = optionsOf(args)
    return defaultId ?? cancelId ?? 0
  },
  showErrorBox(title: string, content: string): void {
    warn(`${title}: ${content}`)
  },
}
