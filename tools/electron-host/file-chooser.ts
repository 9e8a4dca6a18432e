import { existsSync, readdirSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { FileFilter } from 'electron'
import type { PageAnswer, PageQuestion } from './page-dialog.ts'

export type FileRequest = {
  kind: 'open' | 'folder' | 'save'
  title: string
  /** Folder to begin in, or a file whose folder and name to begin with. */
  defaultPath: string
  filters: FileFilter[]
}

const TITLES = { open: 'Open', folder: 'Choose a folder', save: 'Save as' }
const CHOOSE = { open: 'Open', folder: 'Choose', save: 'Save' }
const CANCEL_BUTTON = 0
const CHOOSE_BUTTON = 1

/**
 * Lets a person walk through folders to a file.
 * @returns its absolute path, or undefined when the person cancelled
 */
export async function chooseFile(
  request: FileRequest,
  ask: (question: PageQuestion) => Promise<PageAnswer>,
): Promise<string | undefined> {
  const { kind, title, filters } = request
  const start = path.resolve(request.defaultPath || os.homedir())
  const startsInFolder = isFolder(start)
  let folder = startsInFolder ? start : nearestFolder(path.dirname(start))
  let name = startsInFolder ? '' : path.basename(start)
  for (;;) {
    const answer = await ask({
      title: title || TITLES[kind],
      detail: folder,
      buttons: ['Cancel', CHOOSE[kind]],
      defaultButton: CHOOSE_BUTTON,
      cancelButton: CANCEL_BUTTON,
      chooser: { entries: listFolder(folder, kind, filters), name: kind === 'folder' ? null : name },
    })
    if ('entered' in answer) {
      folder = path.join(folder, answer.entered)
      continue
    }
    if (answer.button !== CHOOSE_BUTTON) return undefined
    name = answer.name
    const chosen = path.resolve(folder, name)
    if (kind === 'folder') return folder
    if (isFolder(chosen)) folder = chosen
    else if (kind === 'open' ? existsSync(chosen) : await mayWrite(chosen, ask)) return chosen
  }
}

async function mayWrite(file: string, ask: (question: PageQuestion) => Promise<PageAnswer>): Promise<boolean> {
  if (!existsSync(file)) return true
  const answer = await ask({
    title: `Replace ${path.basename(file)}?`,
    detail: `There is already a file of this name in ${path.dirname(file)}.`,
    buttons: ['Cancel', 'Replace'],
    defaultButton: 0,
    cancelButton: 0,
  })
  return 'button' in answer && answer.button === 1
}

function listFolder(
  folder: string,
  kind: FileRequest['kind'],
  filters: FileFilter[],
): { name: string; isFolder: boolean }[] {
  const extensions = new Set(filters.flatMap((filter) => filter.extensions.map((extension) => extension.toLowerCase())))
  const matches = (name: string): boolean =>
    extensions.size === 0 || extensions.has('*') || extensions.has(path.extname(name).slice(1).toLowerCase())
  const entries = readNames(folder)
    .filter((name) => !name.startsWith('.'))
    .map((name) => ({ name, isFolder: isFolder(path.join(folder, name)) }))
    .filter((entry) => entry.isFolder || (kind !== 'folder' && matches(entry.name)))
    .sort((one, other) => Number(other.isFolder) - Number(one.isFolder) || one.name.localeCompare(other.name))
  return [{ name: '..', isFolder: true }, ...entries]
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // a folder one may not read shows as empty; the way up is still there
  }
}

function nearestFolder(folder: string): string {
  return isFolder(folder) || path.dirname(folder) === folder ? folder : nearestFolder(path.dirname(folder))
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
