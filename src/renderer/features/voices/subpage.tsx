import { type KeyboardEvent, type ReactNode, useId } from 'react'
import { useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { useFocusIfLost } from '../models/use-focus-if-lost.ts'
import styles from './subpage.module.css'

const dialogAround = (target: EventTarget): Element | null =>
  target instanceof Element ? target.closest('dialog') : null

type SubpageProps = { title: string; onBack(): void; children: ReactNode }

/** One voice in place of the list. Esc goes back to it; the dialog around stays. */
export const Subpage = ({ title, onBack, children }: SubpageProps) => {
  const t = useT()
  const id = useId()
  // The button that led here is gone with the list.
  const heading = useFocusIfLost<HTMLHeadingElement>()
  const leave = (event: KeyboardEvent): void => {
    // Of a dialog above this page, Esc is the way back to the page.
    if (event.key !== 'Escape' || dialogAround(event.target) !== dialogAround(event.currentTarget)) return
    event.preventDefault()
    event.stopPropagation()
    onBack()
  }
  return (
    <section className={styles.subpage} aria-labelledby={id} onKeyDown={leave}>
      <div className={styles.head}>
        <h3 ref={heading} id={id} tabIndex={-1} className={styles.title}>
          {title}
        </h3>
        <Button look="quiet" onClick={onBack}>
          {t('voices.back')}
        </Button>
      </div>
      {children}
    </section>
  )
}
