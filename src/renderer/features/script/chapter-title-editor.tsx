import { useEffect, useRef, useState } from 'react'
import type { Chapter } from '../../../shared/project/index.ts'
import { useScriptCommands, useStudio, useT } from '../../state/index.ts'

import styles from './chapter-row.module.css'

export const MAX_TITLE_CHARACTERS = 500

/** Title of a chapter while it is being written: Enter and leaving keep it, Esc brings the old one back. */
export const ChapterTitleEditor = ({ chapter }: { chapter: Chapter }) => {
  const t = useT()
  const { selection } = useStudio()
  const commands = useScriptCommands()
  const [title, setTitle] = useState(chapter.title)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  const keep = (): void => {
    if (title !== chapter.title) commands.setChapterTitle(chapter.chapterId, title)
    selection.stopEditing()
  }
  return (
    <input
      ref={field}
      className={styles.editor}
      aria-label={t('script.chapter.title')}
      data-testid="chapter-editor"
      maxLength={MAX_TITLE_CHARACTERS}
      value={title}
      onChange={(event) => setTitle(event.target.value)}
      onBlur={keep}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') keep()
        else if (event.key === 'Escape') selection.stopEditing()
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    />
  )
}
