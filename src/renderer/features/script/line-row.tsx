import { type MouseEvent, memo, useRef } from 'react'
import { type LineId, samplesToSec } from '../../../shared/kernel/index.ts'
import { useLineStatus, useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { classes, GridCell, GridRow, Swatch } from '../../ui/index.ts'
import { formatSeconds } from '../format.ts'
import { caretAtPoint } from './caret-at-point.ts'
import { DirectionChips } from './direction-chips.tsx'
import { LineEditor } from './line-editor.tsx'
import { LineMarkIcon } from './line-mark.tsx'
import { LineProblem } from './line-problem.tsx'
import styles from './line-row.module.css'
import { PlayLineButton } from './play-line-button.tsx'
import type { RowPlace } from './row-place.ts'
import { useSpokenWord } from './use-spoken-word.ts'

type LineRowProps = RowPlace & { lineId: LineId; number: number; isPlaying: boolean }

export const LineRow = memo(({ lineId, number, isPlaying, ...place }: LineRowProps) => {
  const t = useT()
  const { selection, drafts, rows } = useStudio()
  const known = useLineStatus(lineId)
  const isSelected = useSlice(selection.store, (state) => state.lineIds.has(lineId))
  const character = useProject((project) => known && project.characters.get(known.line.characterId))
  const draft = useSlice(drafts, (texts) => texts.get(lineId))
  const text = useRef<HTMLDivElement>(null)
  useSpokenWord(text, lineId, isPlaying)
  if (!known) return null
  const { line, status } = known

  const choose = (event: MouseEvent): void => {
    const row = { kind: 'line', id: lineId, chapterId: line.chapterId, number } as const
    if (event.shiftKey) selection.extendTo(row, rows.getState())
    else if (event.ctrlKey || event.metaKey) selection.toggle(row)
    else selection.choose(row)
  }
  const editHere = (event: MouseEvent): void => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || place.isEditing) return
    event.stopPropagation()
    selection.edit(lineId, caretAtPoint(event.clientX, event.clientY) ?? 'end')
  }

  return (
    <GridRow
      ref={place.rowRef}
      id={`row-${lineId}`}
      aria-rowindex={place.index + 1}
      aria-setsize={place.rowCount}
      aria-posinset={place.index + 1}
      aria-selected={isSelected}
      className={classes(
        styles.row,
        isSelected && styles.selected,
        place.isActive && styles.active,
        isPlaying && styles.playing,
      )}
      style={{ transform: `translateY(${place.startPx}px)` }}
      data-index={place.index}
      data-row-id={lineId}
      data-mark={status.mark}
      data-testid="line-row"
      onClick={choose}
    >
      <GridCell className={styles.number} data-drag-handle title={t('script.row.drag')}>
        {number}
      </GridCell>
      <GridCell className={styles.mark}>
        <LineMarkIcon mark={status.mark} />
      </GridCell>
      <GridCell className={styles.character}>
        <Swatch colorIndex={character?.colorIndex ?? 11} isStripe />
        <span className={styles.name} title={character?.name}>
          {character?.name}
        </span>
      </GridCell>
      <GridCell className={styles.body}>
        {/* A text that is too long may fill several screens: the reason stands above it. */}
        {draft !== undefined && <LineProblem line={line} status={status} draft={draft} />}
        {place.isEditing ? (
          <LineEditor line={line} number={number} />
        ) : (
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the row does the same
          // biome-ignore lint/a11y/noStaticElementInteractions: the row is what has the role
          <div ref={text} className={styles.text} data-testid="line-text" data-line-text onClick={editHere}>
            {draft ?? line.text}
            {(draft ?? line.text) === '' && <span className={styles.placeholder}>{t('script.line.empty')}</span>}
          </div>
        )}
        <DirectionChips line={line} leftOut={status.leftOut} />
        {draft === undefined && <LineProblem line={line} status={status} draft={undefined} />}
      </GridCell>
      <GridCell className={styles.sound}>
        <span className={styles.duration} data-stale={status.mark === 'stale' || undefined}>
          {status.take ? formatSeconds(t, samplesToSec(status.take.durationSamples, status.take.sampleRateHz)) : '–'}
        </span>
        <PlayLineButton lineId={lineId} number={number} status={status} isPlaying={isPlaying} />
      </GridCell>
    </GridRow>
  )
})
