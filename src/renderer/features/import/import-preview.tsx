import type { ScriptPreview } from '../../../shared/script/index.ts'
import { useT } from '../../state/index.ts'
import { Button, classes } from '../../ui/index.ts'
import styles from './import-dialog.module.css'

/** The beginning of the script as it would be split, and what stands in the way. */
export const ImportPreview = ({ preview, onSplitLongLines }: { preview: ScriptPreview; onSplitLongLines(): void }) => {
  const t = useT()
  const { lineCount, chapterCount, characterCount, sample, problems } = preview
  return (
    <section className={styles.preview} aria-label={t('import.preview')} data-testid="import-preview">
      <p className={styles.facts}>
        {t('import.facts', { lines: lineCount, chapters: chapterCount, characters: characterCount })}
      </p>
      {problems.length > 0 && (
        <div className={styles.problems} role="alert">
          <ul>
            {problems.map(({ rowNumber, characters }) => (
              <li key={rowNumber}>{t('import.problem.lineTooLong', { row: rowNumber, characters })}</li>
            ))}
          </ul>
          <Button onClick={onSplitLongLines}>{t('remedy.split-long-lines.label')}</Button>
        </div>
      )}
      <ol className={styles.sample}>
        {sample.map(({ chapterTitle, speaker, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a sample has no ids and never moves
          <li key={index}>
            {chapterTitle !== null && <div className={styles.chapter}>{chapterTitle}</div>}
            {text !== '' && (
              <div className={styles.row}>
                <span className={classes(styles.speaker, speaker === null && styles.narration)}>
                  {speaker ?? t('import.narration')}
                </span>
                <span className={styles.text}>{text}</span>
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
