// Chromium's pages: those the app opened become windows, all others are closed.
import type { Rectangle } from 'electron'
import type { CdpSession } from './cdp.ts'
import type { Chromium } from './chromium.ts'
import { host, runningChromium } from './host.ts'
import { logDebug } from './log.ts'
import { isPlaceholder, placeholderUrl } from './page-source.ts'
import { openContents } from './window-registry.ts'

/** How long Chromium may take to hand a new window over to itself; a second is usual. */
const APP_WINDOW_TIMEOUT_MS = 30_000

type OpenedTarget = { cdp: CdpSession; targetId: string }

/** Windows being opened, by placeholder address on a desktop and by target without one. */
const expected = new Map<string, (target: OpenedTarget) => void>()
/** Pages that attached before Target.createTarget had answered with their name. */
const early = new Map<string, OpenedTarget>()

/** Opens an empty window, held before its first script. */
export async function openTarget(windowId: number, { width, height }: Rectangle): Promise<OpenedTarget> {
  const chromium = runningChromium()
  if (host.isHeaded) {
    const url = placeholderUrl(windowId)
    chromium.openAppWindow(url)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Chromium showed none')), APP_WINDOW_TIMEOUT_MS)
      expected.set(url, (target) => {
        clearTimeout(timer)
        resolve(target)
      })
    })
  }
  const { targetId } = await chromium.connection.browser.send('Target.createTarget', {
    url: 'about:blank',
    newWindow: true,
    width,
    height,
  })
  const arrived = early.get(targetId)
  early.delete(targetId)
  return arrived ?? new Promise((resolve) => expected.set(targetId, resolve))
}

/** Starts to attach to every page Chromium opens, now and later. */
export async function watchTargets({ connection }: Chromium): Promise<void> {
  const { browser } = connection
  /** Held before its first script, a page may hold up the one that opened it, and its own end: it is let go as well. */
  const close = ({ cdp, targetId }: OpenedTarget): void => {
    const tell = (error: Error): void => logDebug('close', error.message)
    browser.send('Target.closeTarget', { targetId }).catch(tell)
    cdp.send('Runtime.runIfWaitingForDebugger').catch(tell)
  }

  browser.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    const { targetId, url, openerId } = targetInfo
    const cdp = connection.getSession(sessionId)
    const target = { cdp, targetId }
    const key = isPlaceholder(url) && host.isHeaded ? url : targetId
    const expect = expected.get(key)
    if (expect) {
      expected.delete(key)
      expect(target)
    } else if (openerId || host.isHeaded) {
      // A page's window.open, or a person's Ctrl+N in Chromium's window.
      close(target)
    } else {
      early.set(targetId, target)
    }
  })
  browser.on('Target.targetInfoChanged', ({ targetInfo }) => {
    findContents(targetInfo.targetId)?.refreshTitle()
  })
  browser.on('Target.targetDestroyed', ({ targetId }) => findContents(targetId)?.owner.onGone())
  browser.on('Target.targetCrashed', ({ targetId }) => findContents(targetId)?.onCrashed())

  const filter = [{ type: 'page' }]
  await browser.send('Target.setDiscoverTargets', { discover: true, filter })
  await browser.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter })
}

const findContents = (targetId: string) => [...openContents.values()].find((contents) => contents.targetId === targetId)
