import type { SpeechAsked } from '../../remote/index.ts'
import { isOtherLanguage, primaryLanguage } from '../other-language.ts'
import { requirePlainText } from '../plain-text.ts'

/** Longest text of one request, in code points. None is documented; longer ones are cut before they come here. */
const RUNTIME_MAX_CHARACTERS = 300

/** The model a runtime was started with. It does not say which. */
export type RuntimeModel = 'cosyvoice' | 'cosyvoice2' | 'cosyvoice3'

/** What a voice of a runtime is made of: it keeps none itself. */
export type RuntimeVoiceAudio = {
  /** A whole audio file, up to 30 s. */
  readonly file: Uint8Array<ArrayBuffer>
  /** Word for word what it says; null: not known. */
  readonly transcript: string | null
  /** BCP 47; null: not known. */
  readonly language: string | null
}

export type RuntimeRoute =
  | 'inference_sft'
  | 'inference_zero_shot'
  | 'inference_cross_lingual'
  | 'inference_instruct'
  | 'inference_instruct2'

export type RuntimeWarning = { readonly field: string; readonly reason: string }
export type RuntimeRequest = {
  readonly route: RuntimeRoute
  readonly fields: Readonly<Record<string, string>>
  readonly promptWav: Uint8Array<ArrayBuffer> | null
  readonly warnings: readonly RuntimeWarning[]
}

/** CosyVoice3 stops at a text that this mark is missing in. @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py */
const END_OF_PROMPT = '<|endofprompt|>'
const ASSISTANT = 'You are a helpful assistant.'

/** Languages the first model was trained on, as its tokenizer writes them. @source FunAudioLLM/CosyVoice cosyvoice/tokenizer/tokenizer.py */
const TAGGED = ['zh', 'en', 'ja', 'yue', 'ko']

/** The text that comes first: a transcript, or where there is none, what is to be spoken. */
const opening = (model: RuntimeModel, text: string): string =>
  model === 'cosyvoice3' ? `${ASSISTANT}${END_OF_PROMPT}${text}` : text

const crossLingualText = (model: RuntimeModel, { text, language }: SpeechAsked): string => {
  const tag = language === null ? '' : primaryLanguage(language)
  return opening(model, model === 'cosyvoice' && TAGGED.includes(tag) ? `<|${tag}|>${text}` : text)
}

const instructText = (model: RuntimeModel, instruct: string): string =>
  `${model === 'cosyvoice3' ? `${ASSISTANT} ` : ''}${instruct}${END_OF_PROMPT}`

const warningsOf = ({ seed, pitch, speed, volume }: SpeechAsked, isInstructLost: boolean): RuntimeWarning[] => [
  ...(seed === null ? [] : [{ field: 'seed', reason: 'not-supported' }]),
  ...(speed === 1 ? [] : [{ field: 'speed', reason: 'not-supported' }]),
  ...(pitch === 1 ? [] : [{ field: 'pitch', reason: 'not-supported' }]),
  ...(volume === 50 ? [] : [{ field: 'volume', reason: 'not-supported' }]),
  ...(isInstructLost ? [{ field: 'instruct', reason: 'not-with-voice' }] : []),
]

/** The first model follows directions with its own speakers, the later ones with recordings. */
const followsDirections = (model: RuntimeModel, audio: RuntimeVoiceAudio | null): boolean =>
  (model === 'cosyvoice') === (audio === null)

const routed = (
  model: RuntimeModel,
  asked: SpeechAsked,
  instruct: string,
  audio: RuntimeVoiceAudio | null,
): Pick<RuntimeRequest, 'route' | 'fields'> => {
  if (audio === null)
    return instruct === ''
      ? { route: 'inference_sft', fields: { tts_text: opening(model, asked.text), spk_id: asked.voice } }
      : {
          route: 'inference_instruct',
          fields: { tts_text: asked.text, spk_id: asked.voice, instruct_text: instructText(model, instruct) },
        }
  if (instruct !== '')
    return {
      route: 'inference_instruct2',
      fields: { tts_text: asked.text, instruct_text: instructText(model, instruct) },
    }
  const transcript = audio.transcript?.trim() ?? ''
  return transcript === '' || isOtherLanguage(asked.language, audio.language)
    ? { route: 'inference_cross_lingual', fields: { tts_text: crossLingualText(model, asked) } }
    : { route: 'inference_zero_shot', fields: { tts_text: asked.text, prompt_text: opening(model, transcript) } }
}

/**
 * What is asked as one of the runtime's routes, with the marks that its model needs: it passes texts on as they are.
 *
 * @param audio null: the voice is a speaker of the model's own
 * @throws RemoteFailure `bad-request`, `text-too-long`: nothing is sent then
 * @source cosyvoice cloud-apis F.1
 */
export const toRuntimeRequest = (
  asked: SpeechAsked,
  model: RuntimeModel,
  audio: RuntimeVoiceAudio | null,
): RuntimeRequest => {
  requirePlainText(asked, RUNTIME_MAX_CHARACTERS)
  const wanted = asked.instruct?.trim() ?? ''
  const instruct = followsDirections(model, audio) ? wanted : ''
  return {
    ...routed(model, asked, instruct, audio),
    promptWav: audio?.file ?? null,
    warnings: warningsOf(asked, instruct !== wanted),
  }
}
