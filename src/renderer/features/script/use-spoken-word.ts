import { type RefObject, useEffect } from 'react'
import type { LineId } from '../../../shared/kernel/index.ts'
import { type PlayingWord, useStudio } from '../../state/index.ts'
import { wordPlaces } from './word-places.ts'

/** As line-row.module.css names it. */
const HIGHLIGHT = 'spoken-word'

/** Marks the word that is heard in the text of its line, while the line plays. The document stays as it is. */
export const useSpokenWord = (element: RefObject<HTMLElement | null>, lineId: LineId, isPlaying: boolean): void => {
  const { playingWord } = useStudio().transport
  useEffect(() => {
    if (!isPlaying) return
    const show = (word: PlayingWord | null): void => {
      const text = element.current?.firstChild
      const place =
        word?.lineId === lineId && text instanceof Text ? wordPlaces(text.data, word.words)[word.index] : undefined
      if (place && text) {
        const range = { startContainer: text, startOffset: place.from, endContainer: text, endOffset: place.to }
        CSS.highlights.set(HIGHLIGHT, new Highlight(new StaticRange(range)))
      } else CSS.highlights.delete(HIGHLIGHT)
    }
    show(playingWord.getState())
    const stop = playingWord.subscribe(show)
    return () => {
      stop()
      CSS.highlights.delete(HIGHLIGHT)
    }
  }, [element, lineId, isPlaying, playingWord])
}
