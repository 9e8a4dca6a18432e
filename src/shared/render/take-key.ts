import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../kernel/index.ts'
import type { RenderRequest } from './render-request.ts'
import type { TakeKey } from './take.ts'

/**
 * Same key, same take. The voice counts by its source, not by its id or name, so renaming a voice makes nothing stale.
 */
export const takeKeyOf = (request: Omit<RenderRequest, 'takeKey'>): TakeKey => {
  const { voice, ...rest } = request
  return bytesToHex(sha256(utf8ToBytes(canonicalJson({ ...rest, voice: voice.source })))) as TakeKey
}
