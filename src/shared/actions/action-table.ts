import type { MessageKey } from '../i18n/index.ts'

/** Menus of the application menu, in their order. */
export const MENUS = ['file', 'edit', 'line', 'render', 'playback', 'view', 'help'] as const
export type MenuName = (typeof MENUS)[number]

/** One thing a person can do: buttons, shortcuts, the shortcut sheet and the application menu all read this row. */
export type ActionRow = {
  id: string
  labelKey: MessageKey
  labelParams?: Readonly<Record<string, number>>
  /**
   * Keys in Electron's accelerator words, the one that menus show first. The window handles every key itself, because
   * many depend on where the focus is; menus show them with `registerAccelerator: false`.
   */
  accelerators: readonly string[]
  /** `script`: keys act only while the script list or nothing in particular has the focus. */
  scope: 'window' | 'script'
  /** Whether the keys act while a text field has the focus; null: only those with Ctrl, Alt or an F-key. */
  whileTyping: boolean | null
  /** Where the menu lists it; items of one menu with different groups get a separator between them. */
  menu: { name: MenuName; group: number } | null
}

type RowOptions = Partial<Pick<ActionRow, 'labelKey' | 'labelParams' | 'scope' | 'whileTyping'>>

const row = <Id extends string>(
  id: Id & (`action.${Id}` extends MessageKey ? Id : never),
  accelerators: readonly string[],
  menu: ActionRow['menu'],
  options: RowOptions = {},
) => ({ id, labelKey: `action.${id}` as MessageKey, accelerators, menu, ...PRESETS, ...options }) satisfies ActionRow

const PRESETS = { scope: 'window', whileTyping: null } as const
const inScript = { scope: 'script' } as const
const outsideText = { scope: 'script', whileTyping: false } as const
const at = (name: MenuName, group: number): ActionRow['menu'] => ({ name, group })

const ROWS = [
  row('project.create', ['CmdOrCtrl+N'], at('file', 0)),
  row('home.open', ['CmdOrCtrl+O'], at('file', 0)),
  row('project.create-sample', [], at('file', 0)),
  row('script.import', ['CmdOrCtrl+I'], at('file', 1)),
  row('script.export-text', [], at('file', 1)),
  row('script.export-markdown', [], at('file', 1)),
  row('export.open', ['CmdOrCtrl+E'], at('file', 2)),
  row('voices.open', [], at('file', 3)),
  row('models.open', [], at('file', 3)),
  row('engines.open', [], at('file', 3)),
  row('settings.open', ['CmdOrCtrl+,'], at('file', 3)),

  row('edit.undo', ['CmdOrCtrl+Z'], at('edit', 0)),
  row('edit.redo', ['CmdOrCtrl+Shift+Z', 'CmdOrCtrl+Y'], at('edit', 0)),
  row('line.select-all', ['CmdOrCtrl+A'], at('edit', 1), outsideText),
  row('problem.next', ['F8'], at('edit', 2)),

  row('line.edit', ['Enter', 'F2'], at('line', 0), outsideText),
  row('line.insert-below', ['Shift+Enter'], at('line', 0), { scope: 'script', whileTyping: true }),
  row('line.split', ['CmdOrCtrl+K'], at('line', 0), inScript),
  row('line.merge', ['CmdOrCtrl+M'], at('line', 0), inScript),
  row('line.duplicate', ['CmdOrCtrl+D'], at('line', 0), inScript),
  row('line.move-up', ['Alt+Up'], at('line', 1), inScript),
  row('line.move-down', ['Alt+Down'], at('line', 1), inScript),
  row('line.remove', ['Delete', 'Backspace'], at('line', 1), outsideText),
  row('chapter.insert', ['CmdOrCtrl+Shift+K'], at('line', 2), inScript),

  row('render.lines', ['CmdOrCtrl+Enter'], at('render', 0)),
  row('render.chapter', ['CmdOrCtrl+Shift+Enter'], at('render', 0)),
  row('render.project', ['CmdOrCtrl+Alt+Enter'], at('render', 0)),
  row('queue.toggle-paused', [], at('render', 1)),

  row('playback.toggle', ['Space', 'CmdOrCtrl+Space'], at('playback', 0)),
  row('playback.from-here', ['Shift+Space'], at('playback', 0), { whileTyping: false }),
  row('playback.line', ['CmdOrCtrl+Shift+Space'], at('playback', 0)),
  row('playback.to-start', ['CmdOrCtrl+Home'], at('playback', 0), { whileTyping: false }),
  row('view.follow', [], at('playback', 1)),

  row('view.inspector', ['Alt+1'], at('view', 0)),
  row('view.cast', ['Alt+2'], at('view', 0)),
  row('view.queue', ['Alt+3'], at('view', 0)),
  row('view.timeline', ['CmdOrCtrl+T'], at('view', 1)),
  row('view.zoom-in', ['Plus', '='], at('view', 1)),
  row('view.zoom-out', ['-'], at('view', 1)),

  row('help.shortcuts', ['?'], at('help', 0)),
] as const

const ASSIGN_INDEXES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const
type AssignActionId = `character.assign-${(typeof ASSIGN_INDEXES)[number]}`

/** Ctrl+1 ... Ctrl+9 give the selected lines to the first nine characters of the cast. */
const ASSIGN_ROWS = ASSIGN_INDEXES.map((index) => ({
  id: `character.assign-${index}` as AssignActionId,
  labelKey: 'action.character.assign' as const,
  labelParams: { index },
  accelerators: [`CmdOrCtrl+${index}`],
  menu: null,
  ...PRESETS,
  ...inScript,
}))

export type ActionId = (typeof ROWS)[number]['id'] | AssignActionId

/** Every action, in menu order. */
export const ACTION_TABLE: readonly (ActionRow & { id: ActionId })[] = [...ROWS, ...ASSIGN_ROWS]

const byId = new Map<string, ActionRow & { id: ActionId }>(ACTION_TABLE.map((action) => [action.id, action]))

export const findAction = (actionId: string): (ActionRow & { id: ActionId }) | undefined => byId.get(actionId)
