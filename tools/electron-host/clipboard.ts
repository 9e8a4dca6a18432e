let held = ''

/** A clipboard of the app's own: the desktop's is out of the host's reach. Pages use Chromium's. */
export const clipboard = {
  readText: (): string => held,
  writeText(text: string): void {
    held = text
  },
  clear(): void {
    held = ''
  },
  availableFormats: (): string[] => (held ? ['text/plain'] : []),
}
