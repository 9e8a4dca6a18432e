import path from 'node:path'
import type { Command } from 'commander'
import type { ExportedFile } from '../../shared/audio/index.ts'
import { AppError, type ProjectId } from '../../shared/kernel/index.ts'
import { safeFileName } from '../export/index.ts'
import { exportProject, type Studio } from '../studio/index.ts'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { type EncodingFlags, encoding, exportSettingsFor } from './export-target.ts'
import type { Reporter } from './reporter.ts'

export type ExportFlags = EncodingFlags & { out: string[]; title?: string; author?: string; album?: string }

const clock = (durationSec: number): string => {
  const minutes = Math.floor(durationSec / 60)
  return `${minutes}:${(durationSec - minutes * 60).toFixed(2).padStart(5, '0')}`
}
const decibels = (value: number | null, unit: string): string => (value === null ? '–' : `${value.toFixed(1)} ${unit}`)

const describeFile = (file: ExportedFile): string =>
  [
    file.path,
    `  ${clock(file.durationSec)} · ${decibels(file.loudnessLufs, 'LUFS')} · peak ${decibels(file.peakDbtp, 'dBTP')}`,
    `${(file.sizeBytes / 1024).toFixed(0)} KiB`,
  ].join(' · ')

/** Mixes a project down to files. @returns the files as written */
export const exportToFiles = async (
  studio: Studio,
  projectId: ProjectId,
  flags: ExportFlags,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ExportedFile[]> => {
  const { settings } = studio.project(projectId)
  const files = await exportProject(studio, projectId, {
    tags: {
      title: flags.title ?? settings.title,
      author: flags.author ?? settings.author,
      album: flags.album ?? settings.album,
    },
    files: flags.out.map((file) => ({
      path: path.resolve(file),
      settings: exportSettingsFor(file, flags, settings.sampleRateHz),
    })),
    signal,
    onProgress: ({ doneSamples, totalSamples }) =>
      reporter.progress('export-progress', doneSamples, totalSamples, 'encoding'),
    onFile: () => undefined,
  })
  for (const file of files) reporter.say('file', file, describeFile(file))
  return files
}

/** A project by its id, or by its title where only one has it. @throws AppError `project.not-found` */
const findProject = (studio: Studio, idOrTitle: string): ProjectId => {
  const matching = studio
    .listProjects()
    .filter(({ projectId, title }) => projectId === idOrTitle || title === idOrTitle)
  const [project] = matching
  if (!project || matching.length > 1)
    throw new AppError('project.not-found', { params: { project: idOrTitle, matches: matching.length } })
  return project.projectId
}

/** `cosy export` and `cosy projects`. */
export const registerProjects = (program: Command): void => {
  encoding(shared(program.command('export <project>')))
    .description('mix a project down; name it by id or by title')
    .option('--title <title>', 'title tag (preset: the project’s title)')
    .action((project: string, flags: ExportFlags & SharedFlags) =>
      withStudio(flags, async (studio, reporter, signal) => {
        const projectId = findProject(studio, project)
        const out = flags.out ?? [`${safeFileName(studio.project(projectId).settings.title)}.wav`]
        await exportToFiles(studio, projectId, { ...flags, out }, reporter, signal)
        return EXIT.done
      }),
    )

  shared(program.command('projects'))
    .description('list the projects of the library')
    .action((flags: SharedFlags) =>
      withStudio(flags, (studio, reporter) => {
        for (const project of studio.listProjects())
          reporter.say('project', project, `${project.projectId}  ${project.title}  (${project.lineCount} lines)`)
        return EXIT.done
      }),
    )
}
