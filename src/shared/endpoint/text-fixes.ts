import { z } from 'zod'

const fixText = z.string().trim().min(1).max(100)
const fixesSchema = z.array(z.object({ written: fixText, said: fixText })).max(200)

/** Words that a service would say otherwise than they are meant. */
export const textFixesSchema = z.object({
  /** How what is written is read: pinyin with the numbers of its tones, for example `cao3 di4`. */
  readings: fixesSchema,
  /** What is said in place of what is written. */
  replacements: fixesSchema,
  /** Whether the marks of Markdown are not said. */
  isMarkdownFiltered: z.boolean(),
})
export type TextFixes = z.output<typeof textFixesSchema>
export type TextFix = TextFixes['readings'][number]

export const NO_FIXES: TextFixes = { readings: [], replacements: [], isMarkdownFiltered: false }

export const hasFixes = ({ readings, replacements, isMarkdownFiltered }: TextFixes): boolean =>
  readings.length > 0 || replacements.length > 0 || isMarkdownFiltered
