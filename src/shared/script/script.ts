import type { ScriptPreview } from './import-options.ts'
import type { SourceLayout } from './source-layout.ts'

/** One line of a script. */
export type ScriptRow = {
  /** null: narration. */
  speaker: string | null
  text: string
  startsParagraph: boolean
  /** null for what was written in the studio: it gets the look of its neighbours. */
  layout: SourceLayout | null
}

export type ScriptChapter = {
  /** Empty for text that stands before the first heading. */
  title: string
  layout: SourceLayout | null
  rows: ScriptRow[]
}

export type Script = { chapters: ScriptChapter[] }

/** A script and what follows its last line in the file. */
export type ScriptText = { script: Script; tail: string }

export type ScriptProblem = ScriptPreview['problems'][number]
