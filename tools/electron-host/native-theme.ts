import type { CdpSession } from './cdp.ts'
import { logDebug } from './log.ts'
import { EmulatedEmitter } from './not-emulated.ts'
import { openContents } from './window-registry.ts'

type ThemeSource = 'system' | 'light' | 'dark'

class NativeTheme extends EmulatedEmitter {
  readonly shouldUseHighContrastColors = false
  readonly shouldUseInvertedColorScheme = false
  readonly inForcedColorsMode = false
  readonly prefersReducedTransparency = false
  #themeSource: ThemeSource = 'system'

  get themeSource(): ThemeSource {
    return this.#themeSource
  }

  set themeSource(source: ThemeSource) {
    const wasDark = this.shouldUseDarkColors
    this.#themeSource = source
    for (const contents of openContents.values())
      contents.attached.then((cdp) => this.applyTo(cdp)).catch((error: Error) => logDebug('theme', error.message))
    if (wasDark !== this.shouldUseDarkColors) this.emit('updated')
  }

  /** The system is taken to be light: the host cannot ask it. */
  get shouldUseDarkColors(): boolean {
    return this.#themeSource === 'dark'
  }

  async applyTo(cdp: CdpSession): Promise<void> {
    const features = this.#themeSource === 'system' ? [] : [{ name: 'prefers-color-scheme', value: this.#themeSource }]
    await cdp.send('Emulation.setEmulatedMedia', { features })
  }
}

export const nativeTheme = new NativeTheme()
