import { type RefObject, useEffect, useRef } from 'react'

const isLost = (): boolean => {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || activeElement instanceof HTMLDialogElement
}

/**
 * For what takes the place of something that had the focus: takes the focus too, where it would be nowhere. Nothing is taken
 * from anyone who is elsewhere.
 */
export const useFocusIfLost = <Element extends HTMLElement>(): RefObject<Element | null> => {
  const element = useRef<Element>(null)
  useEffect(() => {
    if (isLost()) element.current?.focus()
  }, [])
  return element
}
