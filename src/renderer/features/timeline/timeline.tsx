import { useSlice, useStudio } from '../../state/index.ts'
import { ClipList } from './clip-list.tsx'
import { Lanes } from './lanes.tsx'
import styles from './timeline.module.css'
import { useFocusedClip } from './use-focused-clip.ts'

/** Tracks with clips and the playhead. */
export const Timeline = () => {
  const { arrangement } = useStudio()
  const placed = useSlice(arrangement, (state) => state)
  const focus = useFocusedClip(placed)
  return (
    <section className={styles.timeline} data-testid="timeline">
      <Lanes arrangement={placed} focused={focus.lineId} />
      <ClipList arrangement={placed} focus={focus} />
    </section>
  )
}
