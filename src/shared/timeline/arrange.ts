import { type ChapterId, type LineId, secToSamples, type TakeId, type TrackId } from '../kernel/index.ts'
import { type Chapter, clipsByLine, type Line, orderedChapters, orderedLines, type Project } from '../project/index.ts'
import type { Take } from '../render/index.ts'

/** A take at its place: integer samples at the project rate. */
export type PlacedClip = {
  lineId: LineId
  takeId: TakeId
  /** The character's track; null where a character has none, then it plays at unity gain in the centre. */
  trackId: TrackId | null
  startSamples: number
  durationSamples: number
  gainDb: number
  fadeInSamples: number
  fadeOutSamples: number
}

export type Arrangement = {
  /** In script order, which is also time order; they never overlap. */
  clips: readonly PlacedClip[]
  chapters: readonly { chapterId: ChapterId; title: string; startSamples: number }[]
  durationSamples: number
}

const pauseAfterSec = (project: Project, line: Line, next: Line): number => {
  const { pauses } = project.settings
  if (line.pauseAfterSec !== null) return line.pauseAfterSec
  if (next.chapterId !== line.chapterId) return pauses.chapterPauseSec
  return next.startsParagraph ? pauses.paragraphPauseSec : pauses.linePauseSec
}

/**
 * Places every line's take in script order, one track per character, with a pause by rule between. Positions follow from
 * the script and the takes alone: when a take changes length, later clips move by exactly the difference, and undoing
 * the change moves them back. Lines without a take occupy no time.
 */
export const arrange = (project: Project, takeOf: (line: Line) => Take | undefined): Arrangement => {
  const rateHz = project.settings.sampleRateHz
  const trackOf = new Map([...project.tracks.values()].map((track) => [track.characterId, track.trackId]))
  const adjustments = clipsByLine(project)
  const clips: PlacedClip[] = []
  const chapterStarts = new Map<ChapterId, number>()
  let cursorSamples = 0
  let previous: Line | undefined
  for (const line of orderedLines(project)) {
    const take = takeOf(line)
    if (!take) continue
    if (previous) cursorSamples += secToSamples(pauseAfterSec(project, previous, line), rateHz)
    if (!chapterStarts.has(line.chapterId)) chapterStarts.set(line.chapterId, cursorSamples)
    const adjustment = adjustments.get(line.lineId)
    clips.push({
      lineId: line.lineId,
      takeId: take.takeId,
      trackId: trackOf.get(line.characterId) ?? null,
      startSamples: cursorSamples,
      durationSamples: take.durationSamples,
      gainDb: adjustment?.gainDb ?? 0,
      fadeInSamples: adjustment?.fadeInSamples ?? 0,
      fadeOutSamples: adjustment?.fadeOutSamples ?? 0,
    })
    cursorSamples += take.durationSamples
    previous = line
  }
  const started = (chapter: Chapter): number[] => {
    const startSamples = chapterStarts.get(chapter.chapterId)
    return startSamples === undefined ? [] : [startSamples]
  }
  const chapters = orderedChapters(project).flatMap((chapter) =>
    started(chapter).map((startSamples) => ({ chapterId: chapter.chapterId, title: chapter.title, startSamples })),
  )
  return { clips, chapters, durationSamples: cursorSamples }
}

/** Index of the clip sounding at a position, or of the last one before it; -1 before the first. */
export const clipIndexAt = (clips: readonly PlacedClip[], positionSamples: number): number => {
  let low = 0
  let high = clips.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((clips[middle]?.startSamples ?? Number.POSITIVE_INFINITY) <= positionSamples) low = middle + 1
    else high = middle
  }
  return low - 1
}
