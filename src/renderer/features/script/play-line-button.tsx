import type { Take } from '../../../shared/render/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { IconButton } from '../../ui/index.ts'

type PlayLineButtonProps = { number: number; take: Take | undefined; isPlaying: boolean }

/** Plays the take of one line by itself; where there is none yet, it is rendered first by Ctrl+Enter. */
export const PlayLineButton = ({ number, take, isPlaying }: PlayLineButtonProps) => {
  const t = useT()
  const { transport, notices } = useStudio()
  const press = (): void => {
    if (isPlaying) transport.pause().catch(notices.tellError)
    else if (take) transport.playTake(take.takeId).catch(notices.tellError)
  }
  return (
    <IconButton
      label={t(isPlaying ? 'script.row.pause' : 'script.row.play', { number })}
      icon={isPlaying ? 'pause' : 'play'}
      disabled={!take}
      tabIndex={-1}
      // The list keeps the focus, so that its keys go on working.
      onMouseDown={(event) => event.preventDefault()}
      onClick={(event) => {
        event.stopPropagation()
        press()
      }}
    />
  )
}
