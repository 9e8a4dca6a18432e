import type { HTMLAttributes, Ref } from 'react'

type GridPartProps = HTMLAttributes<HTMLDivElement> & { ref?: Ref<HTMLDivElement> }

/** A row of a grid whose container holds the focus and names the row by aria-activedescendant. */
export const GridRow = (props: GridPartProps) => (
  // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one by a virtual list, which a table cannot do
  // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
  <div role="row" {...props} />
)

export const GridCell = (props: GridPartProps) => (
  // biome-ignore lint/a11y/useSemanticElements: a cell of such a row
  // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
  <div role="gridcell" {...props} />
)
