import { warningText } from '../../../shared/i18n/index.ts'
import type { Line } from '../../../shared/project/index.ts'
import type { RenderWarning } from '../../../shared/render/index.ts'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { classes, Icon } from '../../ui/index.ts'
import styles from './direction-chips.module.css'

type DirectionChipsProps = {
  line: Line
  /** What its engine will not honour, of its own direction or of what it inherits. */
  leftOut: readonly RenderWarning[]
}

/** What a line says about its own delivery, beyond what it inherits, and what of its direction will not be honoured. */
export const DirectionChips = ({ line, leftOut }: DirectionChipsProps) => {
  const t = useT()
  const { library } = useStudio()
  const world = useSlice(library.store, (state) => state.world)
  const { instruct, voiceId, engineId, language, speed, pitchSemitones } = line.direction
  const chips: { id: string; text: string; isInstruct?: boolean }[] = []
  if (instruct) chips.push({ id: 'instruct', text: instruct, isInstruct: true })
  if (voiceId) chips.push({ id: 'voice', text: world.voices.get(voiceId)?.name ?? t('direction.voice.missing') })
  if (engineId) chips.push({ id: 'engine', text: world.engines.get(engineId)?.name ?? engineId })
  if (language) chips.push({ id: 'language', text: t('direction.language.chip', { language }) })
  if (speed !== null) chips.push({ id: 'speed', text: t('direction.speed.chip', { speed }) })
  if (pitchSemitones !== null)
    chips.push({ id: 'pitch', text: t('direction.pitch.chip', { semitones: pitchSemitones }) })
  if (line.pauseAfterSec !== null)
    chips.push({ id: 'pause', text: t('direction.pause.chip', { seconds: line.pauseAfterSec }) })
  if (chips.length === 0 && leftOut.length === 0) return null
  return (
    <ul className={styles.chips} aria-label={t('script.line.chips')}>
      {chips.map((chip) => (
        <li key={chip.id} className={classes(styles.chip, chip.isInstruct && styles.instruct)}>
          {chip.text}
        </li>
      ))}
      {leftOut.map((warning) => (
        <li key={`left-out-${warning.field}`} className={classes(styles.chip, styles.leftOut)} data-testid="left-out">
          <Icon name="alert" />
          {warningText(t, warning)}
        </li>
      ))}
    </ul>
  )
}
