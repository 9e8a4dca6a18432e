/**
 * Tells when the colour tokens may have changed, for what draws them itself: the person chose another theme, or the
 * system did. @returns the way to stop listening
 */
export const onColorsChange = (listener: () => void): (() => void) => {
  const darkness = matchMedia('(prefers-color-scheme: dark)')
  const theme = new MutationObserver(listener)
  darkness.addEventListener('change', listener)
  theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => {
    darkness.removeEventListener('change', listener)
    theme.disconnect()
  }
}
