import { type LineId, type MintId, mintClipId } from '../kernel/index.ts'
import { clipsByLine } from './clips-by-line.ts'
import { editOf } from './edit-of.ts'
import type { Project, ProjectEdit, RecordRef } from './project.ts'
import type { Clip } from './records.ts'

export type ClipAdjustment = Pick<Clip, 'gainDb' | 'fadeInSamples' | 'fadeOutSamples'>

const UNADJUSTED: ClipAdjustment = { gainDb: 0, fadeInSamples: 0, fadeOutSamples: 0 }
const FIELDS = ['gainDb', 'fadeInSamples', 'fadeOutSamples'] as const

export const adjustmentOf = (project: Project, lineId: LineId): ClipAdjustment => {
  const { gainDb, fadeInSamples, fadeOutSamples } = clipsByLine(project).get(lineId) ?? UNADJUSTED
  return { gainDb, fadeInSamples, fadeOutSamples }
}

/** What it takes to adjust a line's clip: a clip that says nothing is removed rather than kept. */
export const clipChange = (
  project: Project,
  lineId: LineId,
  adjustment: ClipAdjustment,
  mint: MintId,
): { put: Clip[]; remove: RecordRef[] } => {
  const known = clipsByLine(project).get(lineId)
  const before = known ?? UNADJUSTED
  if (FIELDS.every((field) => adjustment[field] === UNADJUSTED[field]))
    return { put: [], remove: known ? [{ kind: 'clip', id: known.clipId }] : [] }
  if (FIELDS.every((field) => adjustment[field] === before[field])) return { put: [], remove: [] }
  return { put: [{ kind: 'clip', clipId: known?.clipId ?? mintClipId(mint), lineId, ...adjustment }], remove: [] }
}

/** Gain and fades of the clip that a line's take is placed as. */
export const setClipAdjustment = (
  project: Project,
  lineId: LineId,
  patch: Partial<ClipAdjustment>,
  mint: MintId,
): ProjectEdit | null => {
  if (!project.lines.has(lineId)) return null
  const { put, remove } = clipChange(project, lineId, { ...adjustmentOf(project, lineId), ...patch }, mint)
  return editOf(put, remove)
}

/** References to lines and to what was adjusted about their clips. */
export const lineRefs = (project: Project, lineIds: Iterable<LineId>): RecordRef[] => {
  const clips = clipsByLine(project)
  return [...lineIds].flatMap((id): RecordRef[] => {
    const clip = clips.get(id)
    return clip
      ? [
          { kind: 'clip', id: clip.clipId },
          { kind: 'line', id },
        ]
      : [{ kind: 'line', id }]
  })
}

/** One clip for two lines that become one: as the first begins and as the second ends. */
export const mergedClip = (
  project: Project,
  firstId: LineId,
  secondId: LineId,
): { put: Clip[]; remove: RecordRef[] } => {
  const [first, second] = [clipsByLine(project).get(firstId), clipsByLine(project).get(secondId)]
  if (first) {
    const { put, remove } = clipChange(
      project,
      firstId,
      { ...adjustmentOf(project, firstId), fadeOutSamples: second?.fadeOutSamples ?? 0 },
      () => first.clipId,
    )
    return { put, remove: [...remove, ...(second ? [{ kind: 'clip' as const, id: second.clipId }] : [])] }
  }
  if (!second) return { put: [], remove: [] }
  if (second.fadeOutSamples === 0) return { put: [], remove: [{ kind: 'clip', id: second.clipId }] }
  return { put: [{ ...second, lineId: firstId, gainDb: 0, fadeInSamples: 0 }], remove: [] }
}
