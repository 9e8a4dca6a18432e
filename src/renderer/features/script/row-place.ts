/** Where a row stands in the virtual list. */
export type RowPlace = {
  /** Lets the list measure the row's height. */
  rowRef: (element: HTMLElement | null) => void
  index: number
  startPx: number
  rowCount: number
  isActive: boolean
  isEditing: boolean
}
