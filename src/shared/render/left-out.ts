import type { ResolvedDirection } from '../project/index.ts'
import type { Voice } from '../voice/index.ts'
import type { EngineCapabilities } from './engine-capabilities.ts'
import { followsInstruct, takesInstruct } from './instructs.ts'
import type { RenderWarning } from './take.ts'

const ofRange = (
  field: string,
  wanted: number | null,
  neutral: number,
  range: { min: number; max: number } | null,
): RenderWarning[] => {
  if (wanted === null || wanted === neutral) return []
  if (range === null) return [{ field, reason: 'not-supported' }]
  return wanted < range.min || wanted > range.max ? [{ field, reason: 'out-of-range' }] : []
}

/**
 * What of a line's direction its engine will not honour with its voice, known before it is asked. That a draft is none of what
 * is directed is said of the draft.
 */
export const leftOutOf = (
  { instruct: { value: instruct }, speed, pitchSemitones, seed }: ResolvedDirection,
  engine: EngineCapabilities,
  voice: Pick<Voice, 'source'>,
): RenderWarning[] => {
  const whyNoInstruct = (): string => {
    if (!engine.honoursInstruct) return 'not-supported'
    return takesInstruct(engine, voice) ? 'not-listed' : 'not-with-voice'
  }
  if (engine.isDraft) return []
  return [
    ...(instruct && !followsInstruct(engine, voice, instruct) ? [{ field: 'instruct', reason: whyNoInstruct() }] : []),
    ...ofRange('speed', speed.value, 1, engine.speed),
    ...ofRange('pitch', pitchSemitones.value, 0, engine.pitchSemitones),
    ...(seed.value !== null && !engine.honoursSeed ? [{ field: 'seed', reason: 'not-supported' }] : []),
  ]
}
