import type { Rectangle } from 'electron'
import type { CdpSession } from './cdp.ts'
import { makeDeferred } from './deferred.ts'
import { host } from './host.ts'
import { logDebug } from './log.ts'

export type WindowState = 'normal' | 'minimized' | 'maximized' | 'fullscreen'

/** How often a window on the desktop is asked where it is; the protocol does not tell. */
const POLL_INTERVAL_MS = 1000

/** Chromium's window behind a BrowserWindow. Without a desktop it has a size and nothing else. */
export class WindowSurface {
  readonly #onChange: (bounds: Rectangle, state: WindowState) => void
  readonly #adopted = makeDeferred<CdpSession>()
  #poll: NodeJS.Timeout | undefined

  /** @param onChange a person or the desktop moved the window or changed its state */
  constructor(onChange: (bounds: Rectangle, state: WindowState) => void) {
    this.#onChange = onChange
    // Nobody has to wait for a window that never opens.
    this.#adopted.promise.catch(() => {})
  }

  /** The window has opened. Without x and y the desktop chooses where it is. */
  async adopt(cdp: CdpSession, bounds: Partial<Rectangle>): Promise<void> {
    await place(cdp, host.isHeaded ? await fitToScreen(cdp, bounds) : bounds)
    this.#adopted.resolve(cdp)
    if (!host.isHeaded) return
    this.#look()
    this.#poll = setInterval(() => this.#look(), POLL_INTERVAL_MS).unref()
  }

  place(bounds: Partial<Rectangle>): void {
    this.#whenAdopted((cdp) => place(cdp, bounds))
  }

  changeState(windowState: WindowState): void {
    if (host.isHeaded) this.#whenAdopted((cdp) => setBounds(cdp, { windowState }))
  }

  bringToFront(): void {
    this.#whenAdopted((cdp) => cdp.send('Page.bringToFront'))
  }

  /** Chromium takes a window's title from its page. */
  showTitle(title: string): void {
    const expression = `document.title = ${JSON.stringify(title)}`
    if (host.isHeaded) this.#whenAdopted((cdp) => cdp.send('Runtime.evaluate', { expression }))
  }

  release(): void {
    clearInterval(this.#poll)
    this.#adopted.reject(new Error('the window was closed'))
  }

  #look(): void {
    this.#whenAdopted(async (cdp) => {
      const { bounds } = await cdp.send('Browser.getWindowForTarget')
      const { left = 0, top = 0, width = 0, height = 0, windowState = 'normal' } = bounds
      this.#onChange({ x: left, y: top, width, height }, windowState)
    })
  }

  /** What was meant for a window that is gone by then is of no interest any more. */
  #whenAdopted(use: (cdp: CdpSession) => Promise<unknown>): void {
    this.#adopted.promise.then(use).catch((error: Error) => logDebug('window', error.message))
  }
}

async function place(cdp: CdpSession, { x, y, width, height }: Partial<Rectangle>): Promise<void> {
  if (host.isHeaded) {
    await setBounds(cdp, {
      ...(x !== undefined && { left: x }),
      ...(y !== undefined && { top: y }),
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    })
  } else if (width !== undefined && height !== undefined) {
    const { windowId } = await cdp.send('Browser.getWindowForTarget')
    await cdp.send('Browser.setContentsSize', { windowId, width, height })
  }
}

/** A window larger than the screen would hide its edges where no window manager helps. */
async function fitToScreen(cdp: CdpSession, bounds: Partial<Rectangle>): Promise<Partial<Rectangle>> {
  const expression = '({ width: screen.availWidth, height: screen.availHeight })'
  const { result } = await cdp.send('Runtime.evaluate', { expression, returnByValue: true })
  const available = result.value as { width: number; height: number }
  const { width = available.width, height = available.height } = bounds
  return { ...bounds, width: Math.min(width, available.width), height: Math.min(height, available.height) }
}

async function setBounds(
  cdp: CdpSession,
  bounds: { left?: number; top?: number; width?: number; height?: number; windowState?: WindowState },
): Promise<void> {
  const { windowId } = await cdp.send('Browser.getWindowForTarget')
  await cdp.send('Browser.setWindowBounds', { windowId, bounds })
}
