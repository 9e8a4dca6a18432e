import type { Clipboard } from 'electron'

let held = ''

/** A clipboard of the app's own: the desktop's is out of the host's reach. Pages use Chromium's. */
export const clipboard = {
  readText: async () => held,
  async writeText(text) {
    held = text
  },
} satisfies Partial<Clipboard>
