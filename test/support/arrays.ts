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
