import { useState } from 'react'
import { useStudio } from '../../state/index.ts'

type Layout = Record<string, number>

/** Sizes of a group of panels, remembered under a name. */
export const usePanelLayout = (name: string): { defaultLayout?: Layout; onLayoutChanged(layout: Layout): void } => {
  const { preferences } = useStudio()
  // Read once: a layout that came back as a prop while it is being dragged would fight the pointer.
  const [known] = useState(() => preferences.getState().layouts[name])
  return {
    ...(known && { defaultLayout: { ...known } }),
    onLayoutChanged: (layout) => preferences.setState(({ layouts }) => ({ layouts: { ...layouts, [name]: layout } })),
  }
}
