import { memo } from 'react'
import type { ChapterId } from '../../../shared/kernel/index.ts'
import { useProject, useScriptCommands, useSlice, useStudio, useT } from '../../state/index.ts'

import { classes, GridCell, GridRow } from '../../ui/index.ts'
import styles from './chapter-row.module.css'
import { ChapterTitleEditor } from './chapter-title-editor.tsx'
import type { RowPlace } from './row-place.ts'

/** A chapter heading among the lines. */
export const ChapterRow = memo(({ chapterId, ...place }: RowPlace & { chapterId: ChapterId }) => {
  const t = useT()
  const { selection } = useStudio()
  const commands = useScriptCommands()
  const chapter = useProject((project) => project.chapters.get(chapterId))
  const isChosen = useSlice(selection.store, (state) => state.activeId === chapterId)
  if (!chapter) return null
  return (
    <GridRow
      ref={place.rowRef}
      id={`row-${chapterId}`}
      aria-rowindex={place.index + 1}
      aria-setsize={place.rowCount}
      aria-posinset={place.index + 1}
      aria-selected={isChosen}
      className={classes(styles.row, isChosen && styles.chosen)}
      style={{ transform: `translateY(${place.startPx}px)` }}
      data-index={place.index}
      data-row-id={chapterId}
      data-testid="chapter-row"
      onClick={() => selection.choose({ kind: 'chapter', id: chapterId, number: null })}
      onDoubleClick={() => selection.edit(chapterId, 'all')}
    >
      <GridCell className={styles.title}>
        {place.isEditing ? (
          <ChapterTitleEditor chapter={chapter} />
        ) : (
          chapter.title || <span className={styles.untitled}>{t('script.chapter.untitled')}</span>
        )}
      </GridCell>
      {isChosen && !place.isEditing && (
        <GridCell className={styles.keys}>
          <button
            type="button"
            tabIndex={-1}
            className={styles.action}
            onClick={() => selection.edit(chapterId, 'all')}
          >
            {t('script.chapter.rename')}
          </button>
          <button
            type="button"
            tabIndex={-1}
            className={styles.action}
            onClick={() => commands.joinChapterWithPrevious(chapterId)}
          >
            {t('script.chapter.join')}
          </button>
        </GridCell>
      )}
    </GridRow>
  )
})
