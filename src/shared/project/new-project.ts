import { type MintId, mintProjectId, orderKeyBetween, type SampleRateHz } from '../kernel/index.ts'
import { newChapter, newCharacter, newTrack } from './new-records.ts'
import { INHERIT, type PauseRules, type ProjectRecord } from './records.ts'

/** Pauses that suit read prose. */
export const DEFAULT_PAUSES: PauseRules = { linePauseSec: 0.35, paragraphPauseSec: 0.7, chapterPauseSec: 1.5 }

export type NewProject = {
  title: string
  narratorName: string
  sampleRateHz: SampleRateHz
  mint: MintId
  nowEpochMs: number
}

/** The records of an empty project: settings, a narrator with a track, and one chapter without a title. */
export const newProjectRecords = ({
  title,
  narratorName,
  sampleRateHz,
  mint,
  nowEpochMs,
}: NewProject): ProjectRecord[] => {
  const order = orderKeyBetween(null, null)
  const narrator = newCharacter(order, narratorName, 0, mint)
  return [
    {
      kind: 'project',
      projectId: mintProjectId(mint),
      title,
      author: '',
      album: '',
      sampleRateHz,
      pauses: DEFAULT_PAUSES,
      direction: INHERIT,
      narratorId: narrator.characterId,
      scriptTail: '',
      createdAtEpochMs: nowEpochMs,
    },
    narrator,
    newTrack(order, narrator, mint),
    newChapter(order, '', mint),
  ]
}
