// The requests of a page that must pause: navigations, for will-navigate; documents from servers, for
// onHeadersReceived; and subresources with a custom scheme, which Chromium cannot load by itself.
import type { CdpSession } from './cdp.ts'
import { makeEvent } from './emulated-event.ts'
import { appUrlOf, host, pageCspOf, pageUrlOf } from './host.ts'
import { logDebug } from './log.ts'
import { session } from './session.ts'
import type { WebContents } from './web-contents.ts'

type PausedRequest = {
  requestId: string
  request: { url: string; method: string }
  frameId: string
  resourceType: string
  responseStatusCode?: number
  responseHeaders?: { name: string; value: string }[]
}

export class PageRequests {
  readonly #contents: WebContents
  readonly #session: CdpSession
  readonly #mainFrameId: string
  /** The app itself is navigating; it is not asked by will-navigate. */
  isProgrammatic = false

  constructor(contents: WebContents, cdp: CdpSession, mainFrameId: string) {
    this.#contents = contents
    this.#session = cdp
    this.#mainFrameId = mainFrameId
    cdp.on('Fetch.requestPaused', (event) => {
      // The page may be gone before it is answered.
      this.#answer(event).catch((error: Error) => logDebug('request', error.message))
    })
  }

  /** To be called whenever what must pause may have changed. */
  async update(): Promise<void> {
    const patterns: { urlPattern: string; resourceType?: 'Document'; requestStage: 'Request' | 'Response' }[] = []
    for (const scheme of host.schemes.keys()) patterns.push({ urlPattern: `${scheme}://*`, requestStage: 'Request' })
    if (this.#contents.listenerCount('will-navigate') > 0)
      patterns.push({ urlPattern: 'http*', resourceType: 'Document', requestStage: 'Request' })
    if (session.defaultSession.webRequest.hasHeadersListener)
      patterns.push({ urlPattern: 'http*', resourceType: 'Document', requestStage: 'Response' })
    if (patterns.length > 0) await this.#session.send('Fetch.enable', { patterns })
    else await this.#session.send('Fetch.disable')
  }

  async #answer(event: PausedRequest): Promise<void> {
    const { requestId } = event
    const { url } = event.request
    if (host.schemes.has(url.slice(0, url.indexOf(':')))) {
      const responseHeaders = [{ name: 'Location', value: pageUrlOf(url) }]
      await this.#session.send('Fetch.fulfillRequest', { requestId, responseCode: 307, responseHeaders })
    } else if (event.responseStatusCode !== undefined) {
      const responseHeaders = await this.#filterHeaders(event, event.responseStatusCode)
      await this.#session.send('Fetch.continueResponse', {
        requestId,
        responseCode: event.responseStatusCode,
        responseHeaders,
      })
    } else if (this.#isVetoed(event)) {
      await this.#session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
    } else {
      await this.#session.send('Fetch.continueRequest', { requestId })
    }
  }

  #isVetoed(event: PausedRequest): boolean {
    const isNavigation = event.resourceType === 'Document' && event.frameId === this.#mainFrameId
    if (!isNavigation || this.isProgrammatic) return false
    const url = appUrlOf(event.request.url)
    const willNavigate = makeEvent({ url, isMainFrame: true, isSameDocument: false })
    this.#contents.emit('will-navigate', willNavigate, url)
    return willNavigate.defaultPrevented
  }

  async #filterHeaders(event: PausedRequest, statusCode: number): Promise<{ name: string; value: string }[]> {
    const received: Record<string, string[]> = {}
    for (const { name, value } of event.responseHeaders ?? []) received[name] = [...(received[name] ?? []), value]
    const headers = await session.defaultSession.webRequest.filterHeaders({
      url: appUrlOf(event.request.url),
      method: event.request.method,
      statusCode,
      responseHeaders: received,
      resourceType: 'mainFrame',
    })
    return Object.entries(headers).flatMap(([name, values]) =>
      values.map((value) => ({ name, value: /^content-security-policy/i.test(name) ? pageCspOf(value) : value })),
    )
  }
}
