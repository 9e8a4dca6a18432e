import type { Track } from '../../../shared/project/index.ts'
import { useProject, useStudio, useT } from '../../state/index.ts'
import { OneLine, Swatch } from '../../ui/index.ts'
import styles from './timeline.module.css'

/** Name, mute and solo of one track. */
export const TrackHead = ({ track }: { track: Track }) => {
  const t = useT()
  const { projectCommands } = useStudio()
  const character = useProject((project) => project.characters.get(track.characterId))
  const name = character?.name ?? track.name
  return (
    <li className={styles.head} data-testid="track-head">
      <Swatch colorIndex={character?.colorIndex ?? 11} />
      <OneLine title={name}>{name}</OneLine>
      <button
        type="button"
        className={styles.toggle}
        aria-label={t('timeline.mute', { name })}
        title={t('timeline.mute', { name })}
        aria-pressed={track.isMuted}
        onClick={() => projectCommands.changeTrack(track.trackId, { isMuted: !track.isMuted })}
      >
        {t('timeline.mute.letter')}
      </button>
      <button
        type="button"
        className={styles.toggle}
        data-solo
        aria-label={t('timeline.solo', { name })}
        title={t('timeline.solo', { name })}
        aria-pressed={track.isSolo}
        onClick={() => projectCommands.changeTrack(track.trackId, { isSolo: !track.isSolo })}
      >
        {t('timeline.solo.letter')}
      </button>
    </li>
  )
}
