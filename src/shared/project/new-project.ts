import {
  type MintId,
  mintChapterId,
  mintCharacterId,
  mintProjectId,
  mintTrackId,
  orderKeyBetween,
  type SampleRateHz,
} from '../kernel/index.ts'
import { INHERIT, type ProjectRecord } from './records.ts'

/** Pauses that suit read prose. */
const PAUSES = { linePauseSec: 0.35, paragraphPauseSec: 0.7, chapterPauseSec: 1.5 }

export type NewProject = {
  title: string
  narratorName: string
  sampleRateHz: SampleRateHz
  mint: MintId
  nowEpochMs: number
}

/** The records of an empty project: settings, a narrator with a track, and one chapter. */
export const newProjectRecords = ({
  title,
  narratorName,
  sampleRateHz,
  mint,
  nowEpochMs,
}: NewProject): ProjectRecord[] => {
  const order = orderKeyBetween(null, null)
  const narratorId = mintCharacterId(mint)
  return [
    {
      kind: 'project',
      projectId: mintProjectId(mint),
      title,
      author: '',
      album: '',
      sampleRateHz,
      pauses: PAUSES,
      direction: INHERIT,
      narratorId,
      scriptTail: '',
      createdAtEpochMs: nowEpochMs,
    },
    { kind: 'character', characterId: narratorId, order, name: narratorName, colorIndex: 0, direction: INHERIT },
    {
      kind: 'track',
      trackId: mintTrackId(mint),
      order,
      name: narratorName,
      characterId: narratorId,
      gainDb: 0,
      pan: 0,
      isMuted: false,
      isSolo: false,
    },
    { kind: 'chapter', chapterId: mintChapterId(mint), order, title: '', direction: INHERIT, layout: null },
  ]
}
