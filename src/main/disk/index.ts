export { errnoOf, ifAbsent, isAbsent, refusalOf } from './errno.ts'
export { fileSizeBytes, folderBytes, freeBytes, namesIn } from './folder.ts'
export { discard, discardAfter, syncFile, syncFolder, writeBeside, writeDurably, writeFully } from './write-file.ts'
