const CHARACTER_COLORS = 12

/** Colours of the tokens as a canvas understands them. */
export type Palette = {
  text: string
  muted: string
  border: string
  panel: string
  raised: string
  accent: string
  stale: string
  characters: readonly string[]
}

/** Reads the tokens as they are in effect: light or dark. */
export const readPalette = (near: HTMLElement): Palette => {
  const probe = document.createElement('span')
  near.append(probe)
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const palette = {
    text: read('text'),
    muted: read('text-faint'),
    border: read('border'),
    panel: read('panel'),
    raised: read('raised'),
    accent: read('accent'),
    stale: read('state-stale'),
    characters: Array.from({ length: CHARACTER_COLORS }, (_, index) => read(`character-${index}`)),
  }
  probe.remove()
  return palette
}
