import { z } from 'zod'

/** A word as an engine told it, and when it is heard: milliseconds from the first sample of what it is a word of. */
export const spokenWordSchema = z.object({
  text: z.string(),
  beginMs: z.number().nonnegative(),
  endMs: z.number().nonnegative(),
})
export type SpokenWord = z.output<typeof spokenWordSchema>
