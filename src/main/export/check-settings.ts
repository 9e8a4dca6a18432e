import { type ExportProblem, type ExportSettings, findExportProblem } from '../../shared/audio/index.ts'
import { AppError } from '../../shared/kernel/index.ts'

const allowedText = ({ allowed }: ExportProblem): string =>
  allowed.kind === 'list' ? allowed.values.join(', ') : `${allowed.min}-${allowed.max}`

/** @throws AppError `export.unsupported-settings` naming what the format allows instead */
export const checkExportSettings = (settings: ExportSettings): void => {
  const problem = findExportProblem(settings)
  if (!problem) return
  const { format, setting, value } = problem
  throw new AppError('export.unsupported-settings', {
    params: { format, setting, value, allowed: allowedText(problem) },
  })
}
