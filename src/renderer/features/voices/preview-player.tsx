import { useEffect, useRef, useState } from 'react'
import { useT } from '../../state/index.ts'
import { IconButton, Progress } from '../../ui/index.ts'
import { formatSeconds } from '../format.ts'
import styles from './preview-player.module.css'

type PreviewPlayerProps = { url: string; durationSec: number; name: string }

/** Plays what a designed voice said, on the device that the system plays on. */
export const PreviewPlayer = ({ url, durationSec, name }: PreviewPlayerProps) => {
  const t = useT()
  const sound = useRef<HTMLAudioElement>(null)
  const [isPlaying, setIsPlaying] = useState(false)
  const [share, setShare] = useState(0)
  const [isBroken, setIsBroken] = useState(false)
  useEffect(() => {
    const element = sound.current
    return () => element?.pause()
  }, [])
  const toggle = (): void => {
    const element = sound.current
    if (!element) return
    if (element.paused) element.play().catch(() => setIsBroken(true))
    else element.pause()
  }
  return (
    <div className={styles.player} data-testid="voice-preview" data-playing={isPlaying || undefined}>
      {/* biome-ignore lint/a11y/useMediaCaption: its words stand above, where they were typed */}
      <audio
        ref={sound}
        src={url}
        preload="auto"
        onPlay={() => setIsPlaying(true)}
        onPause={() => setIsPlaying(false)}
        onEnded={() => setShare(0)}
        onError={() => setIsBroken(true)}
        onTimeUpdate={({ currentTarget }) =>
          setShare(durationSec > 0 ? Math.min(1, currentTarget.currentTime / durationSec) : 0)
        }
      />
      <IconButton
        label={t(isPlaying ? 'voices.design.pause' : 'voices.design.play', { name })}
        icon={isPlaying ? 'pause' : 'play'}
        disabled={isBroken}
        onClick={toggle}
      />
      <Progress share={share} label={t('voices.design.position')} />
      <span className={styles.length}>{formatSeconds(t, durationSec)}</span>
      {isBroken && <span className={styles.broken}>{t('voices.design.unplayable')}</span>}
    </div>
  )
}
