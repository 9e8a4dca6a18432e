import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aProject, aTakeOf, aTrackId, aWorld } from '../../../test/support/a-project.ts'
import type { LineId } from '../kernel/index.ts'
import { applyEdit, type Line, orderedLines, type Project } from '../project/index.ts'
import type { Take } from '../render/index.ts'
import { type Arrangement, arrange, clipIndexAt } from './arrange.ts'
import { mixPlanOf } from './mix-plan-of.ts'

const world = aWorld()
const arranged = (project: Project, lengths: ReadonlyMap<LineId, number>): Arrangement =>
  arrange(project, (line): Take | undefined => {
    const durationSamples = lengths.get(line.lineId)
    return durationSamples === undefined ? undefined : aTakeOf(project, line, world, durationSamples)
  })
const lengthsOf = (project: Project, length: (index: number) => number): Map<LineId, number> =>
  new Map(orderedLines(project).map((line, index) => [line.lineId, length(index)]))

test('pauses follow the rules for lines, paragraphs and chapters', () => {
  let project = aProject({ lines: 4, chapters: 2 })
  const second = orderedLines(project)[1] as Line
  project = applyEdit(project, { put: [{ ...second, startsParagraph: true }], remove: [] }).project
  const { clips, chapters, durationSamples } = arranged(
    project,
    lengthsOf(project, () => 1000),
  )
  const gaps = clips.slice(1).map((clip, i) => clip.startSamples - 1000 - (clips[i]?.startSamples ?? 0))
  expect(gaps).toEqual([0.7 * 24000, 1.5 * 24000, 0.35 * 24000])
  expect(chapters.map((chapter) => chapter.startSamples)).toEqual([0, clips[2]?.startSamples])
  expect(durationSamples).toBe((clips[3]?.startSamples ?? 0) + 1000)
})

test('a take that changes length moves later clips by exactly the difference, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 2, maxLength: 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 100_000 }),
      (lengths, pick, newLength) => {
        const project = aProject({ lines: lengths.length, chapters: 1 })
        const before = lengthsOf(project, (index) => lengths[index] ?? 1)
        const changed = pick % lengths.length
        const line = orderedLines(project)[changed] as Line
        const a = arranged(project, before).clips
        const b = arranged(project, new Map(before).set(line.lineId, newLength)).clips
        const difference = newLength - (lengths[changed] ?? 0)
        b.forEach((clip, index) => {
          expect(clip.startSamples - (a[index]?.startSamples ?? 0)).toBe(index > changed ? difference : 0)
        })
      },
    ),
    { numRuns: 50 },
  )
})

test('clips are in order, whole samples, and never overlap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: 1, max: 90_000 })), { minLength: 1, maxLength: 30 }),
      (lengths) => {
        const project = aProject({ lines: lengths.length, chapters: 2 })
        const known = new Map(
          orderedLines(project).flatMap((line, i) => (lengths[i] ? [[line.lineId, lengths[i]] as const] : [])),
        )
        const { clips, durationSamples } = arranged(project, known)
        let end = 0
        for (const clip of clips) {
          expect(Number.isInteger(clip.startSamples)).toBe(true)
          expect(clip.startSamples).toBeGreaterThanOrEqual(end)
          end = clip.startSamples + clip.durationSamples
        }
        expect(durationSamples).toBe(end)
        clips.forEach((clip, index) => {
          expect(clipIndexAt(clips, clip.startSamples)).toBe(index)
          expect(clipIndexAt(clips, clip.startSamples - 1)).toBe(index - 1)
        })
      },
    ),
    { numRuns: 50 },
  )
})

test('a muted track is left out of the mix, and a solo track silences the others', () => {
  const project = aProject({ lines: 1 })
  const track = project.tracks.get(aTrackId('narrator'))
  if (!track) throw new Error('no track')
  const other = { ...track, trackId: aTrackId('other') }
  const withTracks = (put: (typeof track)[]) => applyEdit(project, { put, remove: [] }).project
  const plan = (edited: Project) =>
    mixPlanOf(
      edited,
      arranged(
        edited,
        lengthsOf(edited, () => 10),
      ),
    )
  expect(plan(withTracks([track, other])).tracks.map((t) => t.trackId)).toEqual([track.trackId, other.trackId])
  expect(plan(withTracks([{ ...track, isMuted: true }, other])).tracks.map((t) => t.trackId)).toEqual([other.trackId])
  expect(plan(withTracks([track, { ...other, isSolo: true }])).tracks.map((t) => t.trackId)).toEqual([other.trackId])
})
