import {
  ACTION_TABLE,
  type Accelerator,
  type ActionId,
  type ActionRow,
  isCommandKey,
  type KeyPress,
  matchesAccelerator,
  parseAccelerator,
} from '../../../shared/actions/index.ts'

/** What has the focus, as far as keys care. */
export type KeyFocus =
  /** The list of lines, or nothing in particular. */
  | 'script'
  /** The text of a line. */
  | 'script-text'
  /** Another text field. */
  | 'text'
  /** A button, slider or choice, which has keys of its own. */
  | 'control'
  | 'elsewhere'

const KEYS: readonly { action: ActionRow & { id: ActionId }; accelerator: Accelerator }[] = ACTION_TABLE.flatMap(
  (action) => action.accelerators.map((accelerator) => ({ action, accelerator: parseAccelerator(accelerator) })),
)

/** Keys that buttons, sliders and choices use themselves. */
const CONTROL_KEYS: ReadonlySet<string> = new Set([' ', 'enter', 'arrowup', 'arrowdown', 'home', 'end', 'backspace'])

const actsIn = (action: ActionRow, accelerator: Accelerator, focus: KeyFocus): boolean => {
  const isTyping = focus === 'text' || focus === 'script-text'
  if (isTyping && !(action.whileTyping ?? isCommandKey(accelerator))) return false
  if (focus === 'control' && !isCommandKey(accelerator) && CONTROL_KEYS.has(accelerator.key)) return false
  return action.scope === 'window' || focus === 'script' || focus === 'script-text'
}

/** The action that a key means where the focus is. */
export const findKeyAction = (press: KeyPress, focus: KeyFocus, isMac: boolean): ActionId | undefined =>
  KEYS.find(
    ({ action, accelerator }) => matchesAccelerator(press, accelerator, isMac) && actsIn(action, accelerator, focus),
  )?.action.id
