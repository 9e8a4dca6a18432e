/** The part of a keyboard event that shortcuts look at. */
export type KeyPress = {
  /** As KeyboardEvent.key names it. */
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

export type Accelerator = { key: string; primary: boolean; alt: boolean; shift: boolean }

const KEY_WORDS: Readonly<Record<string, string>> = {
  space: ' ',
  plus: '+',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
}

/** Reads Electron's accelerator words: `CmdOrCtrl+Shift+K`, `Alt+Up`, `?`. */
export const parseAccelerator = (accelerator: string): Accelerator => {
  const words = accelerator.split('+').map((word) => word.toLowerCase())
  const key = words.at(-1) ?? ''
  return {
    key: KEY_WORDS[key] ?? key,
    primary: words.includes('cmdorctrl'),
    alt: words.includes('alt'),
    shift: words.includes('shift'),
  }
}

/** Characters that need Shift on some keyboards and none on others: the character decides, not the Shift key. */
const isSymbol = (key: string): boolean => /^[^\p{L}\p{N}\s]$/u.test(key)

export const matchesAccelerator = (press: KeyPress, accelerator: Accelerator, isMac: boolean): boolean =>
  press.key.toLowerCase() === accelerator.key &&
  (isMac ? press.metaKey : press.ctrlKey) === accelerator.primary &&
  (isMac ? press.ctrlKey : press.metaKey) === false &&
  press.altKey === accelerator.alt &&
  (isSymbol(accelerator.key) || press.shiftKey === accelerator.shift)

/** True where the keys cannot be meant as text: with Ctrl, Cmd or Alt, or a function key. */
export const isCommandKey = ({ key, primary, alt }: Accelerator): boolean => primary || alt || /^f\d+$/.test(key)

const MAC_WORDS: Readonly<Record<string, string>> = {
  CmdOrCtrl: '⌘',
  Shift: '⇧',
  Alt: '⌥',
  Enter: '⏎',
  Delete: '⌦',
  Backspace: '⌫',
}
const ARROWS: Readonly<Record<string, string>> = { Up: '↑', Down: '↓', Left: '←', Right: '→', Plus: '+' }

/** As a person reads it: `Ctrl+Shift+K`, on a Mac `⇧⌘K` in the platform's words. */
export const acceleratorText = (accelerator: string, isMac: boolean): string => {
  const words = accelerator.split('+').map((word) => ARROWS[word] ?? word)
  return isMac
    ? words.map((word) => MAC_WORDS[word] ?? word).join('')
    : words.map((word) => (word === 'CmdOrCtrl' ? 'Ctrl' : word)).join('+')
}
