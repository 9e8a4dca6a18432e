export type Month = { readonly fromEpochMs: number; readonly untilEpochMs: number }

/** A month of the local calendar, so many back from the one that a time is in. */
export const monthOf = (nowEpochMs: number, monthsBack: number): Month => {
  const now = new Date(nowEpochMs)
  const start = (months: number): number => new Date(now.getFullYear(), now.getMonth() + months, 1).getTime()
  return { fromEpochMs: start(-monthsBack), untilEpochMs: start(1 - monthsBack) }
}
