import { AppError } from '../../shared/kernel/index.ts'
import {
  MAX_LINE_CHARACTERS,
  MAX_SCRIPT_LINES,
  type ParsedScript,
  parseScript,
  type ScriptFormat,
  type ScriptImportOptions,
  type ScriptPreview,
  type ScriptRow,
  scriptImportOptionsSchema,
} from '../../shared/script/index.ts'
import { markdownPieces } from './markdown-pieces.ts'
import { loadScriptFile, type ScriptFile } from './script-file.ts'
import { emptyScript, readScriptText } from './script-text.ts'

export type ReadScript = ParsedScript & { format: ScriptFormat; encoding: string }

const MARKDOWN_NAME = /\.(?:md|markdown|mdown|mkd)$/i
const MARKDOWN_HEADING = /^ {0,3}#{1,6}[ \t]+\S/m
/** Rows shown of what an import would do. */
const SAMPLE_ROWS = 50

/** Plain text has no rows that start with number signs and a blank, and whoever writes them means headings. */
const formatOf = (fileName: string, text: string): ScriptFormat =>
  MARKDOWN_NAME.test(fileName) || MARKDOWN_HEADING.test(text) ? 'markdown' : 'text'

const rowsOf = ({ script }: ParsedScript): ScriptRow[] => script.chapters.flatMap(({ rows }) => rows)

/** Reads a script with everything it says about itself, be it fit to import or not. */
const parseFile = ({ name, bytes }: ScriptFile, options: ScriptImportOptions): ReadScript => {
  const { text, encoding } = readScriptText(bytes, { encoding: options.encoding, fileName: name })
  const format = options.format ?? formatOf(name, text)
  const parsed = format === 'markdown' ? parseScript(text, options, markdownPieces(text)) : parseScript(text, options)
  const lineCount = rowsOf(parsed).length
  if (lineCount === 0) throw emptyScript(name)
  if (lineCount > MAX_SCRIPT_LINES)
    throw new AppError('script.too-large', {
      params: { file: name, lines: lineCount, limitLines: MAX_SCRIPT_LINES },
      remedies: ['choose-another-file'],
    })
  return { ...parsed, format, encoding }
}

/**
 * A script that can be imported as it is.
 *
 * @throws AppError as readScriptText does, and `script.line-too-long`
 */
export const readScript = (file: ScriptFile, options: Partial<ScriptImportOptions> = {}): ReadScript => {
  const read = parseFile(file, scriptImportOptionsSchema.parse(options))
  const [problem] = read.problems
  if (problem)
    throw new AppError(problem.code, {
      params: {
        file: file.name,
        row: problem.rowNumber,
        characters: problem.characters,
        limit: MAX_LINE_CHARACTERS,
        lines: read.problems.length,
      },
      remedies: ['split-long-lines', 'choose-another-file'],
    })
  return read
}

/** @throws AppError as loadScriptFile and readScript do */
export const readScriptFile = async (file: string, options: Partial<ScriptImportOptions> = {}): Promise<ReadScript> =>
  readScript(await loadScriptFile(file), options)

const speakersOf = (rows: readonly ScriptRow[]): ScriptPreview['speakers'] => {
  const lineCounts = new Map<string, number>()
  for (const { speaker } of rows) if (speaker !== null) lineCounts.set(speaker, (lineCounts.get(speaker) ?? 0) + 1)
  return [...lineCounts]
    .map(([name, lineCount]) => ({ name, lineCount }))
    .sort((left, right) => right.lineCount - left.lineCount)
}

/**
 * What an import would do, without doing it.
 *
 * @throws AppError as readScriptText does
 */
export const previewScript = (file: ScriptFile, options: Partial<ScriptImportOptions> = {}): ScriptPreview => {
  const read = parseFile(file, scriptImportOptionsSchema.parse(options))
  const rows = rowsOf(read)
  const speakers = speakersOf(rows)
  const sample = read.script.chapters.flatMap(({ title, layout, rows: ofChapter }) =>
    ofChapter.map(({ speaker, text }, index) => ({
      chapterTitle: layout === null || index > 0 ? null : title,
      speaker,
      text,
    })),
  )
  return {
    format: read.format,
    encoding: read.encoding,
    chapterCount: read.script.chapters.length,
    lineCount: rows.length,
    characterCount: speakers.length + (rows.some(({ speaker }) => speaker === null) ? 1 : 0),
    speakers,
    sample: sample.slice(0, SAMPLE_ROWS),
    problems: read.problems,
  }
}
