/** The tab that a key leads to from another: arrows go around, Home and End to the ends; undefined for any other key. */
export const tabAfterKey = <Tab>(tabs: readonly Tab[], from: Tab, key: string): Tab | undefined => {
  const index = tabs.indexOf(from)
  switch (key) {
    case 'ArrowDown':
      return tabs[(index + 1) % tabs.length]
    case 'ArrowUp':
      return tabs.at((index - 1) % tabs.length)
    case 'Home':
      return tabs[0]
    case 'End':
      return tabs.at(-1)
    default:
      return undefined
  }
}
