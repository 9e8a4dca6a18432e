import type { CdpSession } from './cdp.ts'
import { appUrlOf } from './host.ts'
import { logDebug } from './log.ts'
import { isPlaceholder } from './page-source.ts'
import type { WebContents } from './web-contents.ts'

/** Address, title and progress of a page, and the events that tell of them. */
export class PageState {
  url = ''
  title = ''
  isLoading = false
  readonly #contents: WebContents
  readonly #cdp: CdpSession

  constructor(contents: WebContents, cdp: CdpSession, mainFrameId: string) {
    this.#contents = contents
    this.#cdp = cdp
    const isMain = (frameId: string): boolean => frameId === mainFrameId
    cdp.on('Page.frameNavigated', ({ frame }) => {
      if (isMain(frame.id) && !isPlaceholder(frame.url)) this.#onNavigated(frame.url, frame.urlFragment)
    })
    cdp.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (!isMain(frameId)) return
      this.url = appUrlOf(url)
      contents.emit('did-navigate-in-page', {}, this.url, true)
    })
    cdp.on('Page.frameStartedLoading', ({ frameId }) => {
      if (isMain(frameId)) this.#setLoading(true)
    })
    cdp.on('Page.frameStoppedLoading', ({ frameId }) => {
      if (isMain(frameId)) this.#setLoading(false)
    })
    cdp.on('Page.domContentEventFired', () => {
      if (!isPlaceholder(this.url)) contents.emit('dom-ready', {})
    })
    cdp.on('Page.loadEventFired', async () => {
      if (isPlaceholder(this.url)) return
      await this.refreshTitle().catch((error: Error) => logDebug('title', error.message))
      contents.emit('did-finish-load', {})
    })
    cdp.on('Runtime.consoleAPICalled', ({ type, args, stackTrace }) => {
      const message = args.map((arg) => arg.value ?? arg.description ?? arg.unserializableValue ?? arg.type).join(' ')
      const { url = '', lineNumber = 0 } = stackTrace?.callFrames[0] ?? {}
      const level = type === 'error' || type === 'warning' || type === 'debug' ? type : 'info'
      contents.emit('console-message', { level, message, lineNumber, sourceId: appUrlOf(url) })
      logDebug('console', level, message)
    })
    cdp.on('Runtime.exceptionThrown', ({ exceptionDetails }) =>
      logDebug('page', exceptionDetails.exception?.description ?? exceptionDetails.text),
    )
  }

  /** Reads the title again, which may have changed. */
  async refreshTitle(): Promise<void> {
    if (isPlaceholder(this.url)) return
    const { result } = await this.#cdp.send('Runtime.evaluate', { expression: 'document.title', returnByValue: true })
    const title = String(result.value)
    if (title === this.title || title === '') return
    this.title = title
    this.#contents.onTitle(title)
  }

  #onNavigated(pageUrl: string, fragment = ''): void {
    this.url = appUrlOf(pageUrl) + fragment
    void this.#contents.session.settlePermissions(this.#contents, new URL(pageUrl).origin)
    this.#contents.emit('did-navigate', {}, this.url, 200, 'OK')
  }

  #setLoading(isLoading: boolean): void {
    this.isLoading = isLoading
    this.#contents.emit(isLoading ? 'did-start-loading' : 'did-stop-loading')
  }
}
