import { useEffect, useRef } from 'react'
import { samplesToSec } from '../../../shared/kernel/index.ts'
import { useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { ActionIcon } from '../actions/index.ts'
import { formatPosition } from '../format.ts'
import styles from './timeline.module.css'

/** Position in the arrangement; written by the frame loop, not by React. */
const Position = () => {
  const t = useT()
  const { transport } = useStudio()
  const sampleRateHz = useProject((project) => project.settings.sampleRateHz)
  const text = useRef<HTMLSpanElement>(null)
  useEffect(
    () =>
      transport.onFrame((positionSamples) => {
        if (text.current) text.current.textContent = formatPosition(samplesToSec(positionSamples, sampleRateHz))
      }),
    [transport, sampleRateHz],
  )
  return (
    <span
      ref={text}
      className={styles.position}
      role="timer"
      aria-label={t('timeline.position')}
      data-testid="position"
    />
  )
}

export const TransportBar = () => {
  const t = useT()
  const { transport, arrangement, preferences } = useStudio()
  const isPlaying = useSlice(transport.store, (state) => state.isPlaying)
  const output = useSlice(transport.store, (state) => state.output)
  const durationSamples = useSlice(arrangement, (state) => state.durationSamples)
  const sampleRateHz = useProject((project) => project.settings.sampleRateHz)
  const isShown = useSlice(preferences, (state) => state.isTimelineShown)
  const isFollowing = useSlice(preferences, (state) => state.isFollowing)
  return (
    <div className={styles.transport} role="toolbar" aria-label={t('timeline.transport')}>
      <ActionIcon actionId="playback.to-start" icon="to-start" />
      <ActionIcon
        actionId="playback.toggle"
        icon={isPlaying ? 'pause' : 'play'}
        label={t(isPlaying ? 'timeline.pause' : 'timeline.play')}
      />
      <Position />
      <span className={styles.total} data-testid="duration">
        {t('timeline.of', { total: formatPosition(samplesToSec(durationSamples, sampleRateHz)) })}
      </span>
      <span className={styles.output}>
        {t(output.fallback ? 'status.output.fallback' : 'status.output', {
          device: output.deviceName || t('status.output.system'),
          kind: output.kind,
        })}
      </span>
      <ActionIcon actionId="view.follow" icon="follow" isPressed={isFollowing} />
      <ActionIcon actionId="view.zoom-out" icon="minus" />
      <ActionIcon actionId="view.zoom-in" icon="plus" />
      <ActionIcon
        actionId="view.timeline"
        icon={isShown ? 'down' : 'up'}
        label={t(isShown ? 'timeline.collapse' : 'timeline.expand')}
      />
    </div>
  )
}
