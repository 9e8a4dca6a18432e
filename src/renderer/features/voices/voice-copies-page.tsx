import { useMemo } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'
import { Button } from '../../ui/index.ts'
import { EngineCopiesCard } from './engine-copies.tsx'
import { Subpage } from './subpage.tsx'
import { copiesOf, waysOf } from './voice-copies.ts'
import styles from './voice-copies-page.module.css'

type VoiceCopiesPageProps = { voice: RecordedVoice; onCompare(): void; onBack(): void }

/** One voice at every engine elsewhere. */
export const VoiceCopiesPage = ({ voice, onCompare, onBack }: VoiceCopiesPageProps) => {
  const t = useT()
  const { remote, library } = useStudio()
  const listings = useSlice(remote.store, ({ engines }) => engines)
  const twins = useSlice(library.store, (state) => state.twins)
  const all = useMemo(
    () => copiesOf(voice, waysOf(listings.map(({ engine }) => engine)), twins),
    [voice, listings, twins],
  )
  return (
    <Subpage title={t('voices.copies.title', { name: voice.name })} onBack={onBack}>
      <p className={styles.intro}>{t('voices.copies.intro')}</p>
      <ul className={styles.engines} data-testid="voice-copies">
        {all.map((of) => (
          <EngineCopiesCard key={of.engine.engineId} voice={voice} of={of} />
        ))}
      </ul>
      {all.length === 0 && <p className={styles.intro}>{t('voices.copies.none')}</p>}
      {all.some(({ mayEnrol }) => mayEnrol) && (
        <div>
          <Button look="link" onClick={onCompare}>
            {t('voices.compare.open')}
          </Button>
        </div>
      )}
    </Subpage>
  )
}
