import { type DragEvent, useState } from 'react'
import type { ScriptSource } from '../../../shared/contract/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, classes } from '../../ui/index.ts'
import styles from './import-dialog.module.css'

/** Where the text comes from: a file that is chosen or dropped, or text that is pasted. */
export const ImportSource = ({ onSource }: { onSource(source: ScriptSource): void }) => {
  const t = useT()
  const { bridge, notices } = useStudio()
  const [pasted, setPasted] = useState('')
  const [isDropping, setIsDropping] = useState(false)
  const choose = (): void => {
    bridge
      .call('script.choose')
      .then((file) => file && onSource({ kind: 'grant', grantId: file.grantId }))
      .catch(notices.tellError)
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    event.stopPropagation()
    setIsDropping(false)
    const [file] = event.dataTransfer.files
    file
      ?.bytes()
      .then((bytes) => onSource({ kind: 'bytes', name: file.name, bytes }))
      .catch(notices.tellError)
  }
  const take = (): void =>
    onSource({ kind: 'bytes', name: t('import.pasted.name'), bytes: new TextEncoder().encode(pasted) })
  return (
    <div className={styles.source}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the button has the keys */}
      <div
        className={classes(styles.drop, isDropping && styles.dropping)}
        onDragOver={(event) => {
          event.preventDefault()
          setIsDropping(true)
        }}
        onDragLeave={() => setIsDropping(false)}
        onDrop={drop}
      >
        <Button look="primary" icon="file" onClick={choose}>
          {t('import.choose')}
        </Button>
        <span>{t('import.drop')}</span>
      </div>
      <textarea
        className={styles.paste}
        aria-label={t('import.paste')}
        placeholder={t('import.paste')}
        value={pasted}
        onChange={(event) => setPasted(event.target.value)}
      />
      <div>
        <Button disabled={pasted.trim() === ''} onClick={take}>
          {t('import.paste.use')}
        </Button>
      </div>
    </div>
  )
}
