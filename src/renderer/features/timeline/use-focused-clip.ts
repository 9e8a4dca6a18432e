import { useState } from 'react'
import type { LineId } from '../../../shared/kernel/index.ts'
import type { Arrangement } from '../../../shared/timeline/index.ts'

export type FocusedClip = {
  /** The clip the keyboard is on; -1 before the list was entered. */
  index: number
  lineId: LineId | null
  move(index: number): void
  leave(): void
}

/** The clip the keyboard is on, in the list of clips. */
export const useFocusedClip = ({ clips }: Arrangement): FocusedClip => {
  const [place, setPlace] = useState({ index: -1, isInside: false })
  const index = Math.min(place.index, clips.length - 1)
  return {
    index,
    lineId: place.isInside ? (clips[index]?.lineId ?? null) : null,
    move: (next) => setPlace({ index: Math.max(0, Math.min(clips.length - 1, next)), isInside: true }),
    leave: () => setPlace((known) => ({ ...known, isInside: false })),
  }
}
