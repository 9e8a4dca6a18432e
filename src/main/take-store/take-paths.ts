import path from 'node:path'
import type { TakeKey } from '../../shared/render/index.ts'

/** What of a take lies on disk: its sound, and the peaks drawn from it. */
export type TakeFileKind = 'wav' | 'peaks'

export const takeFile = (directory: string, takeKey: TakeKey, kind: TakeFileKind): string =>
  path.join(directory, takeKey.slice(0, 2), `${takeKey}.${kind}`)

/** Folders of takes are named by the first two hex digits of their keys. */
export const isTakeFolder = (name: string): boolean => /^[0-9a-f]{2}$/.test(name)

export type TakeFileName = { takeKey: TakeKey; kind: TakeFileKind; isUnfinished: boolean }

/** Reads a file's name, also of one that is being written; undefined for files that are none of ours. */
export const parseTakeFileName = (name: string): TakeFileName | undefined => {
  const [, takeKey, kind, unfinished] = /^([0-9a-f]{64})\.(wav|peaks)(\.[0-9a-f-]+\.new)?$/.exec(name) ?? []
  if (takeKey === undefined || kind === undefined) return undefined
  return { takeKey: takeKey as TakeKey, kind: kind as TakeFileKind, isUnfinished: unfinished !== undefined }
}
