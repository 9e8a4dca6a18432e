import type { PortMessage } from './ports.ts'

/** What main and a utility process say to each other, as structured clones. */
export type UtilityMessage = { kind: 'message'; data: unknown; ports: string[] } | PortMessage
