import { Menu, type MenuItemConstructorOptions } from 'electron'
import { ACTION_TABLE, type ActionRow, MENUS } from '../../shared/actions/index.ts'
import type { Translator } from '../../shared/i18n/index.ts'

type AppMenuDeps = { translator: Translator; onChosen(actionId: string): void }

const itemOf = (action: ActionRow, { translator, onChosen }: AppMenuDeps): MenuItemConstructorOptions => {
  const [accelerator] = action.accelerators
  return {
    id: action.id,
    label: translator.t(action.labelKey, action.labelParams),
    // The window handles every key itself, because many depend on where the focus is; the menu only shows them.
    ...(accelerator && { accelerator, registerAccelerator: false }),
    click: () => onChosen(action.id),
  }
}

const withSeparators = (actions: readonly ActionRow[], deps: AppMenuDeps): MenuItemConstructorOptions[] =>
  actions.flatMap((action, index) => {
    const previous = actions[index - 1]
    const isNewGroup = previous !== undefined && previous.menu?.group !== action.menu?.group
    return isNewGroup ? [{ type: 'separator' as const }, itemOf(action, deps)] : [itemOf(action, deps)]
  })

/** What every application of the platform has: its own menu on macOS, text commands, quit. */
const platformItems: Partial<Record<(typeof MENUS)[number], MenuItemConstructorOptions[]>> = {
  file: process.platform === 'darwin' ? [] : [{ type: 'separator' }, { role: 'quit' }],
  edit: [{ type: 'separator' }, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }],
  view: [{ type: 'separator' }, { role: 'togglefullscreen' }],
}

/** The application menu, from the same table as buttons and shortcuts. */
export const installAppMenu = (deps: AppMenuDeps): void => {
  const menus = MENUS.map((name): MenuItemConstructorOptions => {
    const actions = ACTION_TABLE.filter((action) => action.menu?.name === name)
    return {
      id: name,
      label: deps.translator.t(`menu.${name}`),
      submenu: [...withSeparators(actions, deps), ...(platformItems[name] ?? [])],
    }
  })
  const appMenu: MenuItemConstructorOptions[] = process.platform === 'darwin' ? [{ role: 'appMenu' }] : []
  Menu.setApplicationMenu(Menu.buildFromTemplate([...appMenu, ...menus]))
}

/** Greys out what makes no sense now, as the window tells. */
export const setEnabledActions = (actionIds: readonly string[]): void => {
  const menu = Menu.getApplicationMenu()
  const enabled = new Set(actionIds)
  for (const action of ACTION_TABLE) {
    const item = menu?.getMenuItemById(action.id)
    if (item) item.enabled = enabled.has(action.id)
  }
}
