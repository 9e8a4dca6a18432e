import path from 'node:path'
import { AppError, type AppErrorParams } from '../../../shared/kernel/index.ts'
import { errnoOf } from '../../disk/index.ts'

/** @param file of the model, relative to its folder */
export const corruptFile = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('model.corrupt', { params: { ...facts, file, reason }, remedies: ['download-again'], cause })

/** A graph that is of another export. @param file of the graph, relative to the folder of the model */
export const otherExport = (file: string, reason: string): AppError =>
  new AppError('model.graph-rejected', {
    params: { graph: path.posix.basename(file), reason },
    remedies: ['download-again', 'report'],
  })

export const unreadable = (file: string, cause: unknown): unknown =>
  errnoOf(cause) === undefined ? cause : corruptFile(file, 'cannot-be-read', cause, { detail: errnoOf(cause) ?? '' })
