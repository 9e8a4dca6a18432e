import type { LineMark } from '../../state/index.ts'
import { useT } from '../../state/index.ts'
import styles from './line-mark.module.css'

const Shape = ({ mark }: { mark: LineMark }) => {
  switch (mark) {
    case 'silent':
      return <path d="M5 8h6" />
    case 'never':
      return <circle cx="8" cy="8" r="5" />
    case 'queued':
      return <circle cx="8" cy="8" r="5" strokeDasharray="1.6 2.4" />
    case 'running':
      return (
        <>
          <circle cx="8" cy="8" r="5" className={styles.groove} />
          <path d="M8 3a5 5 0 0 1 5 5" className={styles.arc} />
        </>
      )
    case 'ready':
      return <circle cx="8" cy="8" r="5" className={styles.solid} />
    case 'stale':
      return <circle cx="8" cy="8" r="5" strokeDasharray="4.6 3.25" />
    case 'failed':
      return <path d="M4 4l8 8M12 4l-8 8" />
  }
}

/** State of a line: shape, colour and word together. */
export const LineMarkIcon = ({ mark, isDecoration = false }: { mark: LineMark; isDecoration?: boolean }) => {
  const t = useT()
  const word = t(`mark.${mark}`)
  return (
    <span className={styles.mark} data-mark={mark} title={isDecoration ? undefined : word}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <Shape mark={mark} />
      </svg>
      {!isDecoration && <span className={styles.word}>{word}</span>}
    </span>
  )
}
