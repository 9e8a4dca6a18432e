import type { PcmBlock } from '../../../shared/audio/index.ts'
import { AppCancel, AppError, secToSamples } from '../../../shared/kernel/index.ts'
import { isSpeakable, type RenderRequest } from '../../../shared/render/index.ts'
import type { Engine, EngineJob } from '../engine.ts'
import { pcmBlocks } from '../pcm-blocks.ts'
import { speakerHash } from '../speaker-hash.ts'
import { nextTurn } from '../turn.ts'
import { draftDescription } from './draft-description.ts'
import { DRAFT_SPEAKERS, type DraftSpeaker, variantOf } from './draft-voices.ts'
import { openEspeak } from './espeak.ts'
import { openJapaneseReader } from './japanese-reading.ts'
import { languageRuns } from './language-runs.ts'
import { isDraftLanguage } from './languages.ts'
import { loadable } from './loadable.ts'
import { levelledSpeech } from './speech-level.ts'
import { type SpeechPiece, speechPieces } from './speech-pieces.ts'
import { spellable } from './spellable.ts'

const { capabilities, presetVoices } = draftDescription
/** espeak's words per minute at speed 1. */
const NORMAL_WORDS_PER_MINUTE = 175
/** Silence before and after a line; what lies between lines is the script's to say. */
const LEAD_SEC = 0.02
const TAIL_SEC = 0.06

/** @throws AppError `engine.unsupported-voice` for a speaker of ours that there is not */
const speakerOf = ({ voice: { source } }: RenderRequest): DraftSpeaker => {
  const speakers = Object.values(DRAFT_SPEAKERS)
  const speaker =
    source.kind === 'presetSpeaker' && source.engineId === capabilities.engineId
      ? DRAFT_SPEAKERS[source.speaker]
      : speakers[speakerHash(source) % speakers.length]
  if (!speaker)
    throw new AppError('engine.unsupported-voice', {
      params: { engine: capabilities.name, voice: source.kind === 'presetSpeaker' ? source.speaker : source.kind },
      remedies: ['choose-another-voice'],
    })
  return speaker
}

/**
 * What will be spoken, piece by piece.
 * @throws AppError `engine.nothing-to-say`, `engine.unsupported-language`
 */
const piecesOf = ({ text, language }: RenderRequest): SpeechPiece[] => {
  if (!isSpeakable(text)) throw new AppError('engine.nothing-to-say')
  if (language !== null && !isDraftLanguage(language))
    throw new AppError('engine.unsupported-language', {
      params: { engine: capabilities.name, language },
      remedies: ['choose-another-language', 'choose-another-engine'],
    })
  return speechPieces(languageRuns(spellable(text), language, capabilities.name))
}

/** Speaks any line at once, without a model, a key or a network; for trying, not for keeping. */
class DraftEngine implements Engine {
  readonly capabilities = capabilities
  readonly presetVoices = presetVoices
  readonly #espeak = loadable(openEspeak)
  readonly #japanese = loadable(openJapaneseReader)

  async prepare(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AppCancel()
    await this.#espeak.get()
    if (signal.aborted) throw new AppCancel()
  }

  /** @throws AppError `engine.nothing-to-say`, `engine.unsupported-language`, `engine.unsupported-voice` */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    await nextTurn(signal)
    const speaker = speakerOf(request)
    const pieces = piecesOf(request)
    const totalLength = pieces.reduce((sum, piece) => sum + piece.text.length, 0)
    let doneLength = 0
    let pauseSec = LEAD_SEC
    let hasSpoken = false
    progress({ fraction: 0 })
    for (const piece of pieces) {
      await nextTurn(signal)
      const speech = await this.#speak(piece, speaker, request)
      doneLength += piece.text.length
      if (speech.length > 0) {
        yield* pcmBlocks(this.#silence(pauseSec))
        yield* pcmBlocks(speech)
        hasSpoken = true
        pauseSec = piece.pauseSec / (request.speed ?? 1)
      }
      progress({ fraction: doneLength / totalLength })
    }
    if (!hasSpoken) throw new AppError('engine.nothing-to-say')
    yield* pcmBlocks(this.#silence(TAIL_SEC))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#espeak.drop()
    this.#japanese.drop()
  }

  async #speak(piece: SpeechPiece, speaker: DraftSpeaker, request: RenderRequest): Promise<Float32Array> {
    const espeak = await this.#espeak.get()
    const text = piece.espeakVoice === 'ja' ? (await this.#japanese.get())(piece.text) : piece.text
    try {
      const pcm = espeak.speak({
        text,
        espeakVoice: piece.espeakVoice,
        variant: variantOf(speaker, request.pitchSemitones ?? 0),
        wordsPerMinute: NORMAL_WORDS_PER_MINUTE * speaker.rate * (request.speed ?? 1),
      })
      return levelledSpeech(pcm, espeak.sampleRateHz)
    } catch (error) {
      // A trap inside espeak leaves its stack anywhere; the next piece starts with a fresh one.
      this.#espeak.drop()
      throw error
    }
  }

  #silence(durationSec: number): Float32Array {
    return new Float32Array(secToSamples(durationSec, capabilities.sampleRateHz))
  }
}

export const createDraftEngine = (): Engine => new DraftEngine()
