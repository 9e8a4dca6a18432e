import type { Voice } from '../voice/index.ts'
import type { Connection } from './remote-engine.ts'
import { remoteFacts } from './remote-facts.ts'

/** Whether the recording of a voice goes along with a line. */
export const sendsRecording = (
  connection: Connection,
  { source }: Pick<Voice, 'source'>,
  instruct: string | null,
): boolean => {
  const { recordings, directsByRecording } = remoteFacts(connection)
  const isDirected = instruct !== null && instruct.trim() !== ''
  return source.kind === 'promptAudio' && (recordings === 'sent-along' || (directsByRecording && isDirected))
}
