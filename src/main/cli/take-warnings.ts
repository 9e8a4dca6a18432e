import { createTranslator, warningText } from '../../shared/i18n/index.ts'
import type { LineId, ProjectId } from '../../shared/kernel/index.ts'
import type { RenderPlanItem, RenderWarning } from '../../shared/render/index.ts'
import type { Studio } from '../studio/index.ts'
import { amountWords } from './money-words.ts'
import type { Reporter } from './reporter.ts'

/**
 * Says what was not honoured of lines that were rendered, by plan or by engine: each warning once, with how many lines it is
 * true of.
 */
export const sayTakeWarnings = (
  studio: Studio,
  projectId: ProjectId,
  items: readonly RenderPlanItem[],
  reporter: Reporter,
): void => {
  const { t } = createTranslator('en')
  const takes = new Map(studio.listTakes(projectId, null).map((take) => [take.takeKey, take]))
  const found = new Map<string, { warning: RenderWarning; lineIds: Set<LineId> }>()
  for (const { lineId, leftOut, request } of items) {
    const take = takes.get(request.takeKey)
    for (const { field, reason } of take ? [...leftOut, ...take.warnings] : []) {
      const key = JSON.stringify([field, reason])
      const known = found.get(key) ?? { warning: { field, reason }, lineIds: new Set() }
      found.set(key, known)
      known.lineIds.add(lineId)
    }
  }
  for (const { warning, lineIds } of found.values())
    reporter.say(
      'warning',
      { ...warning, lines: lineIds.size },
      `Note: ${warningText(t, warning)} (${amountWords(lineIds.size, 'line')})`,
    )
}
