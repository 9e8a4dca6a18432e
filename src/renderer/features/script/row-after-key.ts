/** Index of the row that a walking key leads to; undefined where the key is not one, or leads nowhere. */
export const rowAfterKey = (
  key: string,
  activeIndex: number,
  rowCount: number,
  pageRows: number,
): number | undefined => {
  const last = rowCount - 1
  if (last < 0) return undefined
  const within = (index: number): number => Math.min(last, Math.max(0, index))
  switch (key) {
    case 'ArrowDown':
      return activeIndex < 0 ? 0 : within(activeIndex + 1)
    case 'ArrowUp':
      return activeIndex < 0 ? last : within(activeIndex - 1)
    case 'PageDown':
      return within(activeIndex + pageRows)
    case 'PageUp':
      return within(activeIndex - pageRows)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
