import { useSlice, useStudio } from '../../state/index.ts'
import { ClipList } from './clip-list.tsx'
import { Lanes } from './lanes.tsx'
import styles from './timeline.module.css'
import { TransportBar } from './transport-bar.tsx'
import { useFocusedClip } from './use-focused-clip.ts'

/** Tracks with clips, the playhead, and what moves it. */
export const Timeline = () => {
  const { arrangement } = useStudio()
  const placed = useSlice(arrangement, (state) => state)
  const focus = useFocusedClip(placed)
  return (
    <section className={styles.timeline} data-testid="timeline">
      <TransportBar />
      <Lanes arrangement={placed} focused={focus.lineId} />
      <ClipList arrangement={placed} focus={focus} />
    </section>
  )
}
