import styles from './progress.module.css'

/** Share done, 0 to 1; null while nothing can be said about the share. */
export const Progress = ({ share, label }: { share: number | null; label: string }) => (
  <progress className={styles.progress} aria-label={label} max={1} {...(share === null ? {} : { value: share })} />
)
