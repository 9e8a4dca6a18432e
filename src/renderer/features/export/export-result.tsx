import type { ExportedFile } from '../../../shared/audio/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { formatClock } from '../format.ts'
import styles from './export-dialog.module.css'

const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path

/** What was written, measured. */
export const ExportResult = ({ files }: { files: readonly ExportedFile[] }) => {
  const t = useT()
  const { bridge, notices } = useStudio()
  const none = t('export.result.silence')
  return (
    <table className={styles.result} data-testid="export-result">
      <caption>{t('export.result.caption', { count: files.length })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('export.result.file')}</th>
          <th scope="col">{t('export.result.length')}</th>
          <th scope="col">{t('export.result.loudness')}</th>
          <th scope="col">{t('export.result.peak')}</th>
          <th scope="col">{t('export.result.size')}</th>
          <th scope="col">
            <span className={styles.hidden}>{t('export.result.reveal')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ path, durationSec, loudnessLufs, peakDbtp, sizeBytes }) => (
          <tr key={path}>
            <td title={path}>{fileName(path)}</td>
            <td>{formatClock(durationSec)}</td>
            <td>{loudnessLufs === null ? none : t('unit.lufs', { lufs: loudnessLufs })}</td>
            <td>{peakDbtp === null ? none : t('unit.dbtp', { dbtp: peakDbtp })}</td>
            <td>{t('unit.megabytes', { megabytes: sizeBytes / 1e6 })}</td>
            <td>
              <Button look="link" onClick={() => bridge.call('app.reveal-file', { path }).catch(notices.tellError)}>
                {t('export.result.reveal')}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
