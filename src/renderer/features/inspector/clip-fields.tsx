import { useMemo } from 'react'
import type { LineId } from '../../../shared/kernel/index.ts'
import { clipsByLine, type Line, orderedLines, type Project } from '../../../shared/project/index.ts'
import { useProject, useStudio, useT } from '../../state/index.ts'
import { Field, IconButton, NumberInput, RangeInput } from '../../ui/index.ts'
import fieldStyles from './direction-fields.module.css'

/** The pause the rules give a line, and which rule it is. */
const ruleAfter = (project: Project, line: Line) => {
  const lines = orderedLines(project)
  const next = lines[lines.indexOf(line) + 1]
  const { pauses } = project.settings
  if (next && next.chapterId !== line.chapterId) return { seconds: pauses.chapterPauseSec, rule: 'chapter' } as const
  return next?.startsParagraph
    ? ({ seconds: pauses.paragraphPauseSec, rule: 'paragraph' } as const)
    : ({ seconds: pauses.linePauseSec, rule: 'line' } as const)
}

/** How the takes of lines are placed: the pause after them and their level. */
export const ClipFields = ({ lineIds }: { lineIds: readonly LineId[] }) => {
  const t = useT()
  const { projectCommands } = useStudio()
  const project = useProject((current) => current)
  const { pauses, gains, rule } = useMemo(() => {
    const lines = lineIds.flatMap((lineId) => project.lines.get(lineId) ?? [])
    const clips = clipsByLine(project)
    const [first] = lines
    return {
      pauses: [...new Set(lines.map((line) => line.pauseAfterSec))],
      gains: [...new Set(lineIds.map((lineId) => clips.get(lineId)?.gainDb ?? 0))],
      rule: first && ruleAfter(project, first),
    }
  }, [project, lineIds])
  const pause = pauses.length === 1 ? (pauses[0] ?? null) : null
  const gain = gains.length === 1 ? (gains[0] ?? 0) : null
  const pauseNote =
    pauses.length > 1
      ? t('direction.mixed')
      : pause === null && rule
        ? t(`inspector.pause.rule.${rule.rule}`)
        : undefined
  return (
    <>
      <Field label={t('inspector.pause')} origin={pauseNote}>
        {(ids) => (
          <>
            <NumberInput
              {...ids}
              min={0}
              max={60}
              value={pause}
              placeholder={rule && pauses.length === 1 ? String(rule.seconds) : ''}
              onCommit={(seconds) => projectCommands.setPauseAfter(lineIds, seconds)}
            />
            <span>{t('unit.seconds')}</span>
            {pause !== null && (
              <IconButton
                label={t('direction.reset', { field: t('inspector.pause') })}
                icon="reset"
                className={fieldStyles.reset}
                onClick={() => projectCommands.setPauseAfter(lineIds, null)}
              />
            )}
          </>
        )}
      </Field>
      <Field label={t('inspector.gain')} origin={gains.length > 1 ? t('direction.mixed') : undefined}>
        {(ids) => (
          <>
            <RangeInput
              {...ids}
              min={-24}
              max={12}
              step={0.5}
              value={gain ?? 0}
              onSlide={(gainDb) => projectCommands.setClip(lineIds, { gainDb })}
            />
            <NumberInput
              aria-label={t('inspector.gain.number')}
              min={-60}
              max={12}
              value={gain}
              onCommit={(gainDb) => projectCommands.setClip(lineIds, { gainDb: gainDb ?? 0 })}
            />
            {gain !== 0 && (
              <IconButton
                label={t('direction.reset', { field: t('inspector.gain') })}
                icon="reset"
                className={fieldStyles.reset}
                onClick={() => projectCommands.setClip(lineIds, { gainDb: 0 })}
              />
            )}
          </>
        )}
      </Field>
    </>
  )
}
