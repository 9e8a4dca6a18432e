import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { AppCancel, AppError, type ProjectId } from '../../shared/kernel/index.ts'
import { applyCastEdit, castFileSchema } from '../../shared/project/index.ts'
import type { ScriptImportOptions } from '../../shared/script/index.ts'
import { loadScriptFile, previewScript } from '../script-import/index.ts'
import { importScript, NEW_PROJECT_RATE_HZ, type Studio } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { type ExportFlags, exportToFiles } from './export-command.ts'
import { encoding, exportSettingsFor } from './export-target.ts'
import { sayCosts, sayEstimates } from './render-cost.ts'
import type { Reporter } from './reporter.ts'
import { sayTakeWarnings } from './take-warnings.ts'

export type RenderFlags = ExportFlags & {
  cast?: string
  encoding?: string
  splitLongLines: boolean
  dialogue: boolean
  narrator: string
  allowSending?: boolean
  estimate?: boolean
}

const amount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const importOptions = (flags: RenderFlags): ScriptImportOptions => ({
  format: null,
  encoding: flags.encoding ?? null,
  detectDialogue: flags.dialogue,
  ignoredNames: [],
  splitLongLines: flags.splitLongLines,
})

/**
 * Brings a script file into the library: into the project of the same title where there is one, whose unchanged lines
 * keep their takes, else into a new one.
 */
export const importToProject = async (
  studio: Studio,
  file: string,
  flags: RenderFlags,
  reporter: Reporter,
): Promise<ProjectId> => {
  const scriptFile = await loadScriptFile(file)
  const title = flags.title ?? path.basename(file, path.extname(file))
  const preview = previewScript(scriptFile, importOptions(flags))
  const known = studio.listProjects().find((project) => project.title === title)
  const projectId = known?.projectId ?? studio.createProject(title, flags.narrator)
  importScript(studio, projectId, scriptFile, importOptions(flags), 'replace')
  reporter.say(
    'imported',
    { projectId, title, lines: preview.lineCount, chapters: preview.chapterCount, encoding: preview.encoding },
    `${title}: ${amount(preview.lineCount, 'line')}, ${amount(preview.chapterCount, 'chapter')}, ${amount(preview.speakers.length, 'speaker')} (${preview.encoding})`,
  )
  return projectId
}

const applyCast = async (studio: Studio, projectId: ProjectId, file: string): Promise<void> => {
  const refuse = (problem: string, cause?: unknown): AppError =>
    new AppError('cast.invalid', {
      params: { file: path.basename(file), detail: problem },
      remedies: ['see-help'],
      cause,
    })
  let content: unknown
  try {
    content = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
  const cast = castFileSchema.safeParse(content)
  if (!cast.success) {
    const issue = cast.error.issues[0]
    throw refuse(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  const edit = applyCastEdit(studio.project(projectId), cast.data, studio.listVoices())
  if (edit) studio.edit(projectId, edit, 'edit.cast')
}

/** Renders what is missing or stale and waits for it. @returns how many lines could not be rendered */
export const renderProject = async (
  studio: Studio,
  projectId: ProjectId,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> => {
  const { items } = studio.plan(projectId, { kind: 'project' })
  const { jobId, queuedLines, readyLines, refused } = await studio.enqueue(projectId, { kind: 'project' })
  reporter.say(
    'planned',
    { queuedLines, readyLines, refusedLines: refused.length },
    `${amount(queuedLines, 'line')} to render, ${readyLines} ready already`,
  )
  for (const { error } of refused) reporter.fail(AppError.fromData(error))
  if (!jobId) return refused.length
  const cancel = (): void => void studio.queue.cancel(jobId)
  signal.addEventListener('abort', cancel, { once: true })
  await studio.queue.whenIdle()
  signal.removeEventListener('abort', cancel)
  if (signal.aborted) throw new AppCancel()
  const { pauseReason } = studio.queue.list()
  if (pauseReason) throw AppError.fromData(pauseReason)
  sayTakeWarnings(studio, projectId, items, reporter)
  const failed = studio.queue.lines(projectId).filter((line) => line.status === 'failed')
  for (const { error } of failed) if (error) reporter.fail(AppError.fromData(error))
  return refused.length + failed.length
}

/** `cosy render`: script in, files out. @returns lines that could not be rendered */
export const renderCommand = async (
  studio: Studio,
  script: string,
  flags: RenderFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> => {
  // A slip in the options is told before minutes of rendering, not after.
  for (const file of flags.out) exportSettingsFor(file, flags, NEW_PROJECT_RATE_HZ)
  const projectId = await importToProject(studio, script, flags, reporter)
  if (flags.cast !== undefined) await applyCast(studio, projectId, flags.cast)
  sayEstimates(studio, projectId, { allowsSending: flags.allowSending ?? false }, reporter)
  if (flags.estimate) return 0
  const startedEpochMs = Date.now()
  await studio.start()
  studio.queue.setPaused(false)
  const failedLines = await renderProject(studio, projectId, reporter, signal)
  sayCosts(studio, projectId, startedEpochMs, reporter)
  await exportToFiles(studio, projectId, flags, reporter, signal)
  return failedLines
}

const script = (command: Command): Command =>
  command
    .option('--title <title>', 'title of the project and of the files (preset: the file’s name)')
    .option('--encoding <name>', 'encoding of the script (preset: detected)')
    .option('--split-long-lines', 'cut rows that are too long for one line at sentence ends', false)
    .option('--no-dialogue', 'read everything as narration')
    .option('--narrator <name>', 'name of the narrator', 'Narrator')

/** `cosy render` and `cosy import`. */
export const registerScripts = (program: Command): void => {
  encoding(script(shared(program.command('render <script>'))))
    .description('render a script and mix it down')
    .option('--engine <id|name>', 'engine that speaks (see: cosy engines)', 'draft')
    .option('--allow-sending', 'engine elsewhere: the text, and recordings where they go along, may be sent')
    .option('--estimate', 'say what would be sent and cost, and render nothing')
    .option('--model <id|folder>', 'local engine: an installed model, or the folder of one (preset: the app’s choice)')
    .option('--models <folder>', 'local engine: folder of the installed models (preset: the app’s own)')
    .option('--device <provider>', 'local engine: automatic, cpu, cuda, tensorrt, dml, coreml or webgpu')
    .option('--memory <how>', 'local engine: resident, or staged: one part of the model in memory at a time')
    .option('--lines <n>', 'local engine: lines at the same time, each in a process of its own')
    .option('--speaking <how>', 'local engine: whole, or streamed: heard while it is thought of')
    .option('--steps <n>', 'local engine: steps of the flow; fewer are faster')
    .option('--cast <file>', 'JSON file that gives characters their voices')
    .action((file: string, flags: RenderFlags & SharedFlags) =>
      withStudio(flags, async (studio, reporter, signal) => {
        const out = flags.out ?? [`${path.basename(file, path.extname(file))}.wav`]
        const failedLines = await renderCommand(studio, file, { ...flags, out }, reporter, signal)
        return failedLines === 0 ? EXIT.done : EXIT.incomplete
      }),
    )

  script(shared(program.command('import <script>')))
    .description('bring a script into the library, without rendering it')
    .action((file: string, flags: RenderFlags & SharedFlags) =>
      withStudio(flags, async (studio, reporter) => {
        await importToProject(studio, file, flags, reporter)
        return EXIT.done
      }),
    )
}
