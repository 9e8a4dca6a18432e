import { z } from 'zod'

export const scriptFormatSchema = z.enum(['text', 'markdown'])
export type ScriptFormat = z.output<typeof scriptFormatSchema>

/** How a file is read as a script; every field has a preset so that `{}` means "as it comes". */
export const scriptImportOptionsSchema = z.object({
  /** null: by the file's name and content. */
  format: scriptFormatSchema.nullable().default(null),
  /** Encoding label as TextDecoder knows it; null: detected. */
  encoding: z.string().max(40).nullable().default(null),
  detectDialogue: z.boolean().default(true),
  /** Names that look like speakers but are not: their rows stay narration, unchanged. */
  ignoredNames: z.array(z.string().max(200)).default([]),
  /** Cuts rows that are too long for one line at sentence ends; otherwise they are reported as problems. */
  splitLongLines: z.boolean().default(false),
})
export type ScriptImportOptions = z.output<typeof scriptImportOptionsSchema>

/** What an import would do, shown before it does it. */
export const scriptPreviewSchema = z.object({
  format: scriptFormatSchema,
  encoding: z.string(),
  chapterCount: z.number().int(),
  lineCount: z.number().int(),
  /** Speakers, and the narrator where there is narration. */
  characterCount: z.number().int(),
  /** Speakers found, most lines first; narration is not among them. */
  speakers: z.array(z.object({ name: z.string(), lineCount: z.number().int() })),
  /** The beginning, as it would be split; `chapterTitle` where a chapter begins, null within one. */
  sample: z.array(z.object({ chapterTitle: z.string().nullable(), speaker: z.string().nullable(), text: z.string() })),
  /** Reasons why it cannot be applied as it stands; rowNumber counts from 1. */
  problems: z.array(
    z.object({ rowNumber: z.number().int(), code: z.enum(['script.line-too-long']), characters: z.number().int() }),
  ),
})
export type ScriptPreview = z.output<typeof scriptPreviewSchema>
