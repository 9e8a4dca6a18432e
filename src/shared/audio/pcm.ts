/** Mono PCM, f32 in [-1, 1], handed on at once. The rate is known from context (the engine's or the take's). */
export type PcmBlock = Float32Array<ArrayBuffer>

/** One behind the other. */
export const concatFloat32 = (parts: readonly Float32Array[]): Float32Array<ArrayBuffer> => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
