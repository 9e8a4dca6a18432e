import {
  type AudioKind,
  audioKindOf,
  createPcmAssembler,
  type OwnReason,
  ownReason,
  RemoteFailure,
  type SocketMessage,
  type SpeechEvent,
} from '../../remote/index.ts'
import type { DashscopeOddity } from './endpoint.ts'
import { taskFailure } from './failures.ts'
import { parseFrame, type ServerFrame } from './messages.ts'
import { createWordTimes } from './word-times.ts'

/** Understands what the server sends during one task. */
export interface TaskListener {
  /**
   * @returns what the message tells
   * @throws RemoteFailure of the class of the error that the server names; `protocol` for an end before the beginning and for
   * sound of another kind
   */
  hear(message: SocketMessage): readonly SpeechEvent[]
  readonly isStarted: boolean
  readonly isFinished: boolean
  readonly samples: number
  /** @throws RemoteFailure `protocol` where no sound has come, or not all of it */
  checkSound(): void
}

const protocol = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)

/** Sound of other kinds that no samples begin with. */
const foreignKindOf = (bytes: Uint8Array): AudioKind | undefined => {
  const kind = audioKindOf(bytes)
  return kind === 'opus' || kind === 'flac' || (kind === 'mp3' && bytes[0] === 0x49) ? kind : undefined
}

/** @param sampleRateHz that was asked; @param onOddity for what is left aside */
export const createTaskListener = ({
  taskId,
  sampleRateHz,
  onOddity = () => undefined,
}: {
  readonly taskId: string
  readonly sampleRateHz: number
  readonly onOddity?: ((oddity: DashscopeOddity) => void) | undefined
}): TaskListener => {
  const assembler = createPcmAssembler(sampleRateHz)
  const wordTimes = createWordTimes()
  let isStarted = false
  let isFinished = false
  /** Sound belongs to the frame before it. */
  let isOurTurn = true
  let characters: number | null = null

  const odd = (what: DashscopeOddity['what']): readonly SpeechEvent[] => {
    onOddity({ what, taskId })
    return []
  }

  const hearSound = (bytes: Uint8Array): readonly SpeechEvent[] => {
    if (!isStarted || isFinished || !isOurTurn) return odd('sound-out-of-place')
    const foreign = assembler.samples === 0 ? foreignKindOf(bytes) : undefined
    if (foreign) throw protocol(ownReason('other-kind', { found: foreign }))
    const pcm = assembler.push(bytes)
    return pcm.length === 0 ? [] : [{ kind: 'sound', pcm, sampleRateHz: assembler.sampleRateHz }]
  }

  const takeWords = ({ sentenceIndex, words }: ServerFrame): void =>
    wordTimes.take(sentenceIndex, words, (1000 * assembler.samples) / assembler.sampleRateHz)

  const hearResult = (frame: ServerFrame): readonly SpeechEvent[] => {
    takeWords(frame)
    if (frame.characters === undefined) return []
    characters = frame.characters
    return [{ kind: 'usage', characters, requestId: null }]
  }

  const hearEnd = (frame: ServerFrame): readonly SpeechEvent[] => {
    if (!isStarted) throw protocol(ownReason('ended-unfinished'))
    isFinished = true
    takeWords(frame)
    characters = frame.characters ?? characters
    const words = wordTimes.words()
    return [
      ...(words.length > 0 ? [{ kind: 'words' as const, words }] : []),
      { kind: 'usage', characters, requestId: frame.requestId ?? taskId },
    ]
  }

  const hearFrame = (frame: ServerFrame): readonly SpeechEvent[] => {
    isOurTurn = frame.taskId === undefined || frame.taskId === taskId
    if (!isOurTurn) return odd('frame-of-another-task')
    if (isFinished) return odd('unknown-event')
    switch (frame.event) {
      case 'task-started':
        isStarted = true
        return []
      case 'result-generated':
        return isStarted ? hearResult(frame) : odd('unknown-event')
      case 'task-finished':
        return hearEnd(frame)
      case 'task-failed':
        throw taskFailure({
          code: frame.errorCode ?? '',
          message: frame.errorMessage ?? '',
          requestId: frame.requestId ?? taskId,
        })
      default:
        return odd('unknown-event')
    }
  }

  return {
    hear(message) {
      if (typeof message !== 'string') return hearSound(message)
      const frame = parseFrame(message)
      return frame ? hearFrame(frame) : odd('unreadable-frame')
    },
    get isStarted() {
      return isStarted
    },
    get isFinished() {
      return isFinished
    },
    get samples() {
      return assembler.samples
    },
    checkSound() {
      if (assembler.samples === 0) throw protocol(ownReason('no-sound'))
      if (assembler.isOdd) throw protocol(ownReason('sound-cut-short'))
    },
  }
}
