import type { AppContract, OutputOf } from '../../../shared/contract/index.ts'
import { useStudio } from '../../state/index.ts'

export type ChosenRecording = NonNullable<OutputOf<AppContract, 'voice.choose-recording'>>

/** Asks for a file; nothing happens where the person closes the dialog. */
export const useChooseRecording = (): ((onChosen: (recording: ChosenRecording) => void) => void) => {
  const { bridge, notices } = useStudio()
  return (onChosen) => {
    bridge
      .call('voice.choose-recording')
      .then((recording) => recording && onChosen(recording))
      .catch(notices.tellError)
  }
}
