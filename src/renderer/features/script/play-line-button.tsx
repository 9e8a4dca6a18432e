import type { LineId } from '../../../shared/kernel/index.ts'
import { type LineStatus, useSlice, useStudio, useT } from '../../state/index.ts'
import { IconButton } from '../../ui/index.ts'

type PlayLineButtonProps = { lineId: LineId; number: number; status: LineStatus; isPlaying: boolean }

/** Plays one line by itself; what is not rendered yet is heard while it is. */
export const PlayLineButton = ({ lineId, number, status, isPlaying }: PlayLineButtonProps) => {
  const t = useT()
  const { transport, notices } = useStudio()
  const isWaiting = useSlice(transport.store, (state) => isPlaying && state.isWaiting)
  const press = (): void => {
    const done = isPlaying ? transport.pause() : transport.playLine(lineId)
    done.catch(notices.tellError)
  }
  return (
    <IconButton
      label={t(isPlaying ? 'script.row.pause' : 'script.row.play', { number })}
      icon={isPlaying ? 'pause' : 'play'}
      aria-busy={isWaiting}
      disabled={status.mark === 'silent'}
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
