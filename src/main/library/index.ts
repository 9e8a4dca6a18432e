export { restoreNewestBackup, setLibraryAside } from './backups.ts'
export type { LibraryLog, ReadableDb, WritableDb } from './db.ts'
export { isConstraintViolation, transaction } from './db.ts'
export { checkIntegrity } from './integrity.ts'
export {
  type ClaimedLine,
  claimNextLine,
  delayJobLine,
  enginesWithQueuedLines,
  failJobLine,
  failQueuedLines,
  finishJobLine,
  hasOpenJobLines,
  isLineInProject,
  projectsWithOpenJobLines,
  putJobLineBack,
  putRunningLinesBack,
  wakeDueLines,
} from './job-lines.ts'
export {
  type AddedLines,
  addJobLines,
  type CancelScope,
  cancelOpenLines,
  clearFinishedJobs,
  findJobProject,
  findQueuedRequest,
  findQueuePause,
  type JobFacts,
  type JobTally,
  listJobs,
  listQueueLines,
  type QueuedRequest,
  type QueuePause,
  retryFailedLines,
  type StoredJob,
  saveQueuePause,
} from './jobs.ts'
export { listMemberPaces, type MemberPace, putMemberPace } from './member-paces.ts'
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
  type ConsentSubject,
  deleteRemoteEngine,
  getRemoteEngine,
  giveConsent,
  hasConsent,
  listRemoteEngines,
  putRemoteEngine,
  withdrawConsents,
} from './remote-engines.ts'
export { addSpending, listSpending, type Spending, type SpendingSum, spentSince } from './spending.ts'
export {
  addTake,
  findTake,
  findTakeByKey,
  findTakeOfLine,
  listSpokenWords,
  listTakes,
  type NewTake,
  removeTakesByKey,
  takeKeysInUse,
} from './takes.ts'
export { deleteVoiceTwin, listVoiceTwins, putVoiceTwin } from './voice-twins.ts'
export {
  changeVoice,
  countCasts,
  createVoice,
  deleteVoice,
  deleteVoicesOfEngine,
  findVoice,
  listVoices,
  promptAudioInUse,
  putVoices,
} from './voices.ts'
