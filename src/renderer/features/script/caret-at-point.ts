/** Offset in the text under a point, so that a click into a line puts the caret where it was clicked. */
export const caretAtPoint = (clientX: number, clientY: number): number | null =>
  document.caretPositionFromPoint(clientX, clientY)?.offset ?? null
