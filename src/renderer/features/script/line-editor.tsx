import { type ClipboardEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Line } from '../../../shared/project/index.ts'
import { useScriptCommands, useSlice, useStudio, useT } from '../../state/index.ts'

import styles from './line-editor.module.css'
import { pastedLines } from './pasted-lines.ts'

/** Typing is taken over into the document when it rests this long. */
const REST_MS = 300

/** The text of a line while it is being written. What is typed stays here until it rests, so that a key costs one paint. */
export const LineEditor = ({ line, number }: { line: Line; number: number }) => {
  const t = useT()
  const { selection, drafts, pendingText } = useStudio()
  const commands = useScriptCommands()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(drafts.getState().get(line.lineId) ?? line.text)
  const typed = useRef(text)
  const committed = useRef(line.text)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const caret = useSlice(selection.store, (state) => state.editing?.caret)

  const commit = (): void => {
    clearTimeout(timer.current)
    if (typed.current === committed.current) return
    committed.current = typed.current
    commands.setText(line.lineId, typed.current)
  }
  const change = (next: string): void => {
    typed.current = next
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(commit, REST_MS)
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor belongs to one line for as long as it lives
  useEffect(() => {
    const detach = pendingText.attach(commit)
    return () => {
      commit()
      detach()
    }
  }, [])

  // The document changed from elsewhere, e.g. by undo.
  useEffect(() => {
    if (line.text === committed.current || drafts.getState().has(line.lineId)) return
    committed.current = line.text
    typed.current = line.text
    setText(line.text)
  }, [line.text, line.lineId, drafts])

  useLayoutEffect(() => {
    const element = field.current
    if (!element || caret === undefined) return
    element.focus({ preventScroll: true })
    const end = element.value.length
    const place = caret === 'start' ? 0 : caret === 'end' || caret === 'all' ? end : Math.min(caret, end)
    element.setSelectionRange(caret === 'all' ? 0 : place, place)
  }, [caret])

  const walk = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return
    const { selectionStart, selectionEnd, value } = event.currentTarget
    const hasRange = selectionStart !== selectionEnd
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey
    const leave = (): void => {
      commit()
      selection.stopEditing()
    }
    if (event.key === 'Escape' || (event.key === 'Enter' && isPlain)) leave()
    else if (event.key === 'ArrowUp' && isPlain && !hasRange && selectionStart === 0) commands.editNeighbour(-1, 'end')
    else if (event.key === 'ArrowDown' && isPlain && !hasRange && selectionStart === value.length)
      commands.editNeighbour(1, 'start')
    else if (event.key === 'Backspace' && isPlain && !hasRange && selectionStart === 0) {
      commit()
      commands.mergeWithPrevious(line.lineId)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const pasted = pastedLines(event.clipboardData.getData('text/plain'))
    if (pasted.length < 2) return
    event.preventDefault()
    const { selectionStart, selectionEnd, value } = event.currentTarget
    clearTimeout(timer.current)
    committed.current = typed.current
    commands.pasteLines(line.lineId, value.slice(0, selectionStart), pasted, value.slice(selectionEnd))
  }

  return (
    <textarea
      ref={field}
      className={styles.editor}
      aria-label={t('script.line.text', { number })}
      data-testid="line-editor"
      data-line-id={line.lineId}
      rows={1}
      value={text}
      onChange={(event) => change(event.target.value.replaceAll(/[\r\n]+/g, ' '))}
      onKeyDown={walk}
      onPaste={paste}
      onClick={(event) => event.stopPropagation()}
      onBlur={() => {
        commit()
        if (document.hasFocus() && selection.store.getState().editing?.rowId === line.lineId) selection.stopEditing()
      }}
    />
  )
}
