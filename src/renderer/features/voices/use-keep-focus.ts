import { type RefObject, useEffect, useRef } from 'react'

const isLost = (): boolean => {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || activeElement instanceof HTMLDialogElement
}

/**
 * Takes the focus where what had it is gone: a button that was replaced, a dialog that was closed.
 * @param key changes whenever something is replaced
 */
export const useKeepFocus = <Element extends HTMLElement>(key: string): RefObject<Element | null> => {
  const element = useRef<Element>(null)
  const known = useRef(key)
  useEffect(() => {
    if (known.current === key) return
    known.current = key
    const frame = requestAnimationFrame(() => {
      if (isLost()) element.current?.focus()
    })
    return () => cancelAnimationFrame(frame)
  }, [key])
  return element
}
