export type { LibraryLog, ReadableDb, WritableDb } from './db.ts'
export { isConstraintViolation, transaction } from './db.ts'
export { checkIntegrity } from './integrity.ts'
export { type Library, type LibraryOptions, openLibrary } from './open-library.ts'
export {
  createProject,
  deleteProject,
  type EditOptions,
  editProject,
  listProjects,
  loadProject,
  type ReplayedEdit,
  redoEdit,
  undoEdit,
} from './projects.ts'
export {
  addTake,
  findTake,
  findTakeByKey,
  findTakeOfLine,
  listTakes,
  type NewTake,
  removeTakesByKey,
  takeKeysInUse,
} from './takes.ts'
export { findVoice, listVoices, putVoices } from './voices.ts'
