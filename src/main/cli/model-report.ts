import type { BundleFacts, VerificationReport } from '../model-bundle/index.ts'
import type { Reporter } from './reporter.ts'

/** Columns as wide as their widest cell, two spaces apart. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widthOf(column))).join('  ')}`.trimEnd())
}

export const megabytes = (sizeBytes: number): string => `${(sizeBytes / 1e6).toFixed(1)} MB`

const figure = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'no number')

/** One row for each figure of a verification. */
export const sayReport = (reporter: Reporter, report: VerificationReport): void => {
  const figures = report.graphs.flatMap(({ graph, figures }) => figures.map((one) => ({ graph, ...one })))
  const [head = '', ...lines] = table([
    ['graph', 'figure', 'measured', 'allowed'],
    ...figures.map(({ graph, name, measured, threshold }) => [
      graph,
      name,
      figure(measured),
      threshold === undefined ? '' : `≤ ${figure(threshold)}`,
    ]),
  ])
  reporter.say('verified', { figures: figures.length }, `Against fp32:\n${head}`)
  for (const [index, one] of figures.entries()) reporter.say('figure', one, lines[index] ?? '')
}

const ARCHITECTURES = { cosyvoice2: 'CosyVoice 2', cosyvoice3: 'CosyVoice 3' } as const

/** All there is to know about a bundle, on one page or in one object. */
export const sayBundle = (reporter: Reporter, facts: BundleFacts): void => {
  const { directory, model, precision, parts, sizeBytes, sources, missing, converterVersion, report } = facts
  const page = [
    `${ARCHITECTURES[model.architecture]}, ${precision} (language model ${model.llm.weights}, flow ${model.flow.weights})`,
    directory,
    '',
    `Parts, ${megabytes(sizeBytes)} together:`,
    ...table(parts.map(({ part, files, sizeBytes }) => [part, megabytes(sizeBytes), files.join(', ')])),
    '',
    `Made by converter ${converterVersion} from:`,
    ...table(sources.map(({ file, sizeBytes, sha256 }) => [file, megabytes(sizeBytes), sha256])),
    ...missingLines(missing),
    '',
  ]
  reporter.say('model', facts, page.join('\n'))
  if (report) sayReport(reporter, report)
  else reporter.say('unverified', {}, 'Not compared with its checkpoint.')
}

/** What the checkpoint lacked, if anything. */
export const missingLines = (missing: readonly string[]): string[] =>
  missing.length === 0
    ? []
    : ['', 'Not in the checkpoint, and so not in the model:', ...missing.map((file) => `  ${file}`)]
