import styles from './icon.module.css'

/** Strokes on a 16 px grid. */
const PATHS = {
  play: 'M5 3.2v9.6l7.5-4.8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  'to-start': 'M4 3.5v9M12.5 3.5v9L6 8z',
  undo: 'M6 3.5 3 6.5l3 3M3.5 6.5H10a3 3 0 0 1 0 6H7',
  redo: 'M10 3.5l3 3-3 3M12.5 6.5H6a3 3 0 0 0 0 6h3',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  up: 'M4 10l4-4 4 4',
  settings:
    'M2.5 5h4M10.5 5h3M2.5 11h2M8.5 11h5M8.5 3.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM6.5 9.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  edit: 'M10.5 3l2.5 2.5L6 12.5 3 13l.5-3z',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9',
  reset: 'M4 4v3h3M4.2 7A4.5 4.5 0 1 1 3.6 9.5',
  follow: 'M2.5 4h11M2.5 8h6M2.5 12h8M12.5 7.5l-2 2 2 2',
  folder: 'M2 4.5h4l1.5 1.5H14v7H2z',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  queue: 'M3 4h10M3 8h7M3 12h4',
  list: 'M5.5 4H13M5.5 8H13M5.5 12H13M2.8 4h.01M2.8 8h.01M2.8 12h.01',
  export: 'M8 10V2.5M5 5l3-2.7L11 5M3 9v4.5h10V9',
  check: 'M3 8.5l3.2 3L13 4.5',
  alert: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.2',
  help: 'M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12v.2',
  cloud: 'M4.6 12.5h6.9a2.7 2.7 0 0 0 .4-5.4A4 4 0 0 0 4.2 6.6a3 3 0 0 0 .4 5.9z',
  voice: 'M2.5 6.5v3M5.2 4v8M8 2.5v11M10.8 5v6M13.5 7v2',
  offline: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.2l7.6 7.6',
  handle: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
} as const
export type IconName = keyof typeof PATHS

const FILLED: ReadonlySet<IconName> = new Set(['play'])

/** Decoration only: the name stands on what carries it. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true" data-filled={FILLED.has(name) || undefined}>
    <path d={PATHS[name]} />
  </svg>
)
