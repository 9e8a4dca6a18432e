import type { KeyboardEvent } from 'react'
import { samplesToSec } from '../../../shared/kernel/index.ts'
import type { Arrangement } from '../../../shared/timeline/index.ts'
import { useProject, useStudio, useT } from '../../state/index.ts'
import { formatClock, formatSeconds } from '../format.ts'
import styles from './timeline.module.css'
import type { FocusedClip } from './use-focused-clip.ts'

/** Clips around the current one that exist in the DOM; `aria-posinset` tells where they stand among all. */
const AROUND = 10
const PAGE = 10

/** The timeline as a list: one option per clip, for keyboard and screen readers. Enter chooses the line, Space plays. */
export const ClipList = ({ arrangement, focus }: { arrangement: Arrangement; focus: FocusedClip }) => {
  const t = useT()
  const { commands, transport, notices } = useStudio()
  const lines = useProject((project) => project.lines)
  const sampleRateHz = useProject((project) => project.settings.sampleRateHz)
  const { clips } = arrangement
  const current = clips[focus.index]
  const from = Math.max(0, focus.index - AROUND)

  const walk = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowRight: focus.index + 1,
      ArrowDown: focus.index + 1,
      ArrowLeft: focus.index - 1,
      ArrowUp: focus.index - 1,
      PageDown: focus.index + PAGE,
      PageUp: focus.index - PAGE,
      Home: 0,
      End: clips.length - 1,
    }
    const next = steps[event.key]
    if (next !== undefined) {
      focus.move(next)
      const clip = clips[Math.max(0, Math.min(clips.length - 1, next))]
      if (clip) transport.seek(clip.startSamples).catch(notices.tellError)
    } else if (event.key === 'Enter' && current) commands.chooseLine(current.lineId)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      className={styles.clipList}
      role="listbox"
      // Without a clip there is nothing to draw the focus on.
      tabIndex={clips.length > 0 ? 0 : -1}
      aria-label={t('timeline.clips', { count: clips.length })}
      aria-activedescendant={current ? `clip-${current.lineId}` : undefined}
      data-testid="clip-list"
      onKeyDown={walk}
      onFocus={() => focus.move(focus.index)}
      onBlur={focus.leave}
    >
      {clips.slice(from, from + 2 * AROUND + 1).map((clip, offset) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names the option
        <div
          key={clip.lineId}
          id={`clip-${clip.lineId}`}
          role="option"
          aria-selected={clip === current}
          aria-setsize={clips.length}
          aria-posinset={from + offset + 1}
        >
          {t('timeline.clip', {
            at: formatClock(samplesToSec(clip.startSamples, sampleRateHz)),
            length: formatSeconds(t, samplesToSec(clip.durationSamples, sampleRateHz)),
            text: lines.get(clip.lineId)?.text ?? '',
          })}
        </div>
      ))}
    </div>
  )
}
