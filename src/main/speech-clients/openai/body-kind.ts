import { type AudioKind, audioKindOf } from '../../remote/index.ts'

/** `events`: a stream of them. `text`: words where sound is due. */
export type BodyKind = AudioKind | 'events' | 'text'

/** So many bytes tell what a body is; of a container its name is enough. */
export const HEAD_BYTES = 64
const NAME_BYTES = 12
export const isTelling = (head: Uint8Array): boolean =>
  head.length >= HEAD_BYTES || (head.length >= NAME_BYTES && ['wav', 'opus', 'flac'].includes(audioKindOf(head)))

const LINE_BYTES = [0x09, 0x0a, 0x0d]
const isPrinted = (byte: number): boolean => (byte >= 0x20 && byte !== 0x7f) || LINE_BYTES.includes(byte)

const isReadable = (bytes: Uint8Array): boolean => {
  if (!bytes.every(isPrinted)) return false
  try {
    // Cut off in the middle of a character, it is still text.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }).trim() !== ''
  } catch {
    // No UTF-8, so no text.
    return false
  }
}

const isEventType = (type: string): boolean => /^\s*text\/event-stream\b/i.test(type)
const BEGINS_EVENT = /^\s*(data|event): ?/

/**
 * What a body is, by its first bytes. Raw samples may begin with anything: where they were asked for, they are taken for
 * something else only where all of the beginning is readable text, or has the name of a container, or begins as a stream of
 * events does.
 *
 * @param head so many bytes that it `isTelling`, or all there are
 */
export const bodyKindOf = (head: Uint8Array, { isRawAsked, type }: { isRawAsked: boolean; type: string }): BodyKind => {
  const kind = audioKindOf(head)
  if (kind === 'wav' || kind === 'opus' || kind === 'flac') return kind
  if (kind === 'mp3') {
    const isNamed = head[0] === 0x49
    if (isNamed || !isRawAsked) return kind
    return /mpeg|mp3/i.test(type) ? kind : 'raw'
  }
  // Damaged events are events still: as samples they would be noise.
  if (BEGINS_EVENT.test(String.fromCharCode(...head.subarray(0, HEAD_BYTES)))) return 'events'
  if (!isReadable(head)) return 'raw'
  if (isEventType(type)) return 'events'
  return kind === 'raw' ? 'text' : kind
}
