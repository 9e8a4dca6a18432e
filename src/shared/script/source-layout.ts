import { z } from 'zod'
import { MAX_SCRIPT_BYTES } from './limits.ts'

/** Characters of a script that are not spoken: at most all of it. */
export const sourceTextSchema = z.string().max(MAX_SCRIPT_BYTES)

/**
 * The characters around a piece of text in the file it came from, so that the same text can be written back.
 * `before` is everything since the end of the previous piece (line breaks, indentation, list markers, comments), `after`
 * what trails it on its own row. `cue` shows how the speaker was named, with `{name}` where the name goes (`{name}：`,
 * `【{name}】`); '' for narration. `markup` is there for Markdown alone: `raw` is the text (without its cue) as it stands in
 * the file, written back as long as the text still equals `plain`. A row whose `before` holds no line break, and which
 * starts no paragraph, was cut from the row before it.
 */
export const sourceLayoutSchema = z.object({
  before: sourceTextSchema,
  cue: z.string().max(300),
  after: sourceTextSchema,
  markup: z.object({ raw: sourceTextSchema, plain: sourceTextSchema }).nullable(),
})
export type SourceLayout = z.output<typeof sourceLayoutSchema>
