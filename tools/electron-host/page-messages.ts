// What the host and a page's preload world say to each other, as JSON. `args`, `value` and `data` are codec text.

export type PageToHost =
  | { kind: 'invoke'; id: number; channel: string; args: string }
  | { kind: 'send'; channel: string; args: string; ports: string[] }
  | { kind: 'port-message'; id: string; data: string; ports: string[] }
  | { kind: 'port-close'; id: string }
  | { kind: 'preload-error'; error: string }

export type HostToPage =
  | { kind: 'answer'; id: number; ok: boolean; value: string }
  | { kind: 'send'; channel: string; args: string; ports: string[] }
  | { kind: 'port-message'; id: string; data: string; ports: string[] }
  | { kind: 'port-close'; id: string }

/** What a page's scripts are told when they are installed. */
export type PageConfig = {
  /** Names this window's ports apart from those of other windows. */
  token: string
  /** Secret prefix of the events between the worlds. */
  bridgeChannel: string
  /** Name of the function that carries messages to the host; visible in the preload world only. */
  binding: string
  /** A sandboxed preload's `process`. */
  process: Record<string, unknown>
  /** Ask before the window closes, where a person can close it without asking the host. */
  guardsClose: boolean
}
