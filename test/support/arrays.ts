/** ‖measured − exact‖ / ‖exact‖; NaN where the lengths differ. */
export const relativeError = (measured: ArrayLike<number>, exact: ArrayLike<number>): number => {
  if (measured.length !== exact.length) return Number.NaN
  let difference = 0
  let size = 0
  for (let index = 0; index < exact.length; index++) {
    difference += ((measured[index] ?? Number.NaN) - (exact[index] ?? 0)) ** 2
    size += (exact[index] ?? 0) ** 2
  }
  return Math.sqrt(difference / size)
}

/** One behind the other. */
export const joined = (parts: readonly Float32Array[]): Float32Array<ArrayBuffer> => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
