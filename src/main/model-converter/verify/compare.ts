import type { GraphVerification } from '../../model-bundle/index.ts'

type Figure = GraphVerification['figures'][number]

/** ‖measured − exact‖ / ‖exact‖ */
export const relativeError = (measured: Float32Array, exact: Float32Array): number => {
  let difference = 0
  let size = 0
  for (let index = 0; index < exact.length; index++) {
    difference += ((measured[index] ?? Number.NaN) - (exact[index] ?? 0)) ** 2
    size += (exact[index] ?? 0) ** 2
  }
  return Math.sqrt(difference / size)
}

/** Cosine of the angle between the two. */
export const cosine = (a: Float32Array, b: Float32Array): number => {
  let product = 0
  let sizeA = 0
  let sizeB = 0
  for (let index = 0; index < a.length; index++) {
    product += (a[index] ?? 0) * (b[index] ?? 0)
    sizeA += (a[index] ?? 0) ** 2
    sizeB += (b[index] ?? 0) ** 2
  }
  return product / Math.sqrt(sizeA * sizeB)
}

const largestAt = (values: Float32Array): number => {
  let at = 0
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[at] ?? 0)) at = index
  return at
}

/** Share of the rows whose largest entry is the same one in both. @param measured, exact [rows, width] */
export const topAgreement = (measured: Float32Array, exact: Float32Array, width: number): number => {
  const rows = exact.length / width
  let same = 0
  for (let row = 0; row < rows; row++) {
    const part = (values: Float32Array): Float32Array => values.subarray(row * width, (row + 1) * width)
    if (largestAt(part(measured)) === largestAt(part(exact))) same++
  }
  return same / rows
}

export const errorFigures = (measured: Float32Array, exact: Float32Array, threshold: number): Figure[] => [
  { name: 'relative error', measured: relativeError(measured, exact), threshold },
  { name: 'cosine', measured: cosine(measured, exact) },
]
