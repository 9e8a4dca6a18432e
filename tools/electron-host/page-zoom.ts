import type { CdpSession } from './cdp.ts'

/**
 * Zooms a page as Electron does: fewer CSS pixels, each of them larger. The protocol has no zoom, but a screen of that
 * size and density is the same to a page.
 */
export class PageZoom {
  factor: number
  #isApplied = false

  constructor(factor = 1) {
    this.factor = factor
  }

  /** To be called again when the window's size changes: an emulated screen does not follow it. */
  async apply(cdp: CdpSession): Promise<void> {
    if (this.factor === 1 && !this.#isApplied) return
    await cdp.send('Emulation.clearDeviceMetricsOverride')
    this.#isApplied = this.factor !== 1
    if (!this.#isApplied) return
    const { cssLayoutViewport } = await cdp.send('Page.getLayoutMetrics')
    await cdp.send('Emulation.setDeviceMetricsOverride', {
      width: Math.round(cssLayoutViewport.clientWidth / this.factor),
      height: Math.round(cssLayoutViewport.clientHeight / this.factor),
      deviceScaleFactor: this.factor,
      mobile: false,
    })
  }
}
