import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { IconButton } from './button.tsx'
import { classes } from './classes.ts'
import styles from './dialog.module.css'

type DialogProps = {
  title: string
  closeLabel: string
  /** Also called for Esc. */
  onClose(): void
  isWide?: boolean
  /** As large as the window allows within reason, whatever it holds; its content lays itself out. */
  isLarge?: boolean
  /** What went wrong; always in sight, between content and foot. */
  trouble?: ReactNode
  foot?: ReactNode
  children: ReactNode
}

/** Where a person begins in a dialog. */
const FIRST_FIELD = ':is(input, select, textarea, button):not(:disabled)'

/** A modal dialog; mount it to open it, unmount it to close it. The platform keeps focus inside and brings it back. */
export const Dialog = ({
  title,
  closeLabel,
  onClose,
  isWide = false,
  isLarge = false,
  trouble,
  foot,
  children,
}: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const titleId = useId()
  // Before the element leaves the document: the platform brings the focus back from no dialog that has.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // The platform would put the focus on the close button, which comes first.
    content.current?.querySelector<HTMLElement>(FIRST_FIELD)?.focus()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, isWide && styles.wide, isLarge && styles.large)}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        // React tells it to dialogs around this one too; the platform does not.
        event.stopPropagation()
        onClose()
      }}
      onClose={(event) => {
        event.stopPropagation()
        // The platform lets a dialog stay once; with the next Esc it closes it without asking.
        onClose()
        queueMicrotask(() => {
          if (dialog.current && !dialog.current.open) dialog.current.showModal()
        })
      }}
    >
      <div className={styles.head}>
        <h2 id={titleId} className={styles.title}>
          {title}
        </h2>
        <IconButton label={closeLabel} icon="close" onClick={onClose} />
      </div>
      <div ref={content} className={styles.body}>
        {children}
      </div>
      {trouble && <div className={styles.trouble}>{trouble}</div>}
      {foot && <div className={styles.foot}>{foot}</div>}
    </dialog>
  )
}
