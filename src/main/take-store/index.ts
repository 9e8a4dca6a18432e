export type { Swept } from './sweep-takes.ts'
export { createTakeReader, type TakeReader } from './take-reader.ts'
export { openTakeStore, type TakeStore } from './take-store.ts'
export type { TakeAudio } from './take-wav.ts'
