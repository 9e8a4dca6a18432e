export * from './apply-edit.ts'
export * from './cast.ts'
export * from './cast-voices.ts'
export * from './chapter-verbs.ts'
export {
  addCharacter,
  removeCharacter,
  renameCharacter,
  setCharacterColor,
  setCharacterDirection,
} from './character-verbs.ts'
export { type ClipAdjustment, setClipAdjustment } from './clip-adjustment.ts'
export * from './clips-by-line.ts'
export * from './import-script.ts'
export {
  duplicateLines,
  insertLine,
  removeLines,
  setLineCharacter,
  setLineDirection,
  setLineTake,
  setLineText,
  setPauseAfter,
  setSpokenText,
  setStartsParagraph,
} from './line-verbs.ts'
export { type MoveTarget, moveLines } from './move-lines.ts'
export * from './new-project.ts'
export * from './order.ts'
export type { LinePlace } from './place-lines.ts'
export * from './project.ts'
export * from './records.ts'
export * from './resolve-direction.ts'
export * from './script-of-project.ts'
export * from './settings-verbs.ts'
export * from './split-merge-verbs.ts'
export * from './summary.ts'
