import { canonicalJson } from '../../shared/kernel/index.ts'
import type { VoiceSource } from '../../shared/voice/index.ts'

/**
 * A number for the source of a voice, for picking one of our own speakers in its place. The source decides and not the
 * voice's id, because a TakeKey counts the source alone: same key, same take.
 * FNV-1a, 32 bits. @source Landon Curt Noll, "FNV hash"
 */
export const speakerHash = (source: VoiceSource): number => {
  let hash = 0x811c9dc5
  for (const char of canonicalJson(source)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}
