import { assert } from '../../../shared/kernel/index.ts'
import { END_OF_PROMPT } from './special-tokens.ts'
import type { TextTokenizer } from './tokenizer.ts'

/** How a voice is asked for. */
export type PromptMode =
  /** Goes on from a clip and its transcript. */
  | { mode: 'zero-shot'; transcript: string }
  /** Has the sound of a clip, without its words: for another language, or where no transcript is known. */
  | { mode: 'cross-lingual' }
  /** Has the sound of a clip and is told how to speak, in words that it was trained on or others. */
  | { mode: 'instruct'; instruct: string }
  /** A speaker who came with the model: a vector, no clip. */
  | { mode: 'preset' }

/** What is said, of one piece of text. */
type PromptLayout = {
  /** Before the text; empty where there is nothing. */
  promptIds: number[]
  /** The text as the model gets it, with the frame that stands in front of it in some modes. */
  textIds: number[]
  /** The text alone: what lengths of speech are reckoned from. */
  ttsTextIds: number[]
  /** Whether the speech tokens of the clip come before those that are made. */
  usesPromptSpeech: boolean
}

/** CosyVoice 3 was trained with it before every prompt. */
const SYSTEM = 'You are a helpful assistant.'

/** People copy whole lines of the model's documentation. */
const coreOf = (instruct: string): string =>
  instruct
    .replaceAll(END_OF_PROMPT, '')
    .trim()
    .replace(/^You are a helpful assistant\.\s*/, '')

/**
 * Ids of a prompt and of a text in the order that the model was trained with: `promptIds`, then `textIds`.
 *
 * In text and transcript `[laughter]`, `<strong>` and the like are sounds; in an instruct nothing is; `<|...|>` is text
 * everywhere. The instruct is laid out anew for every text, also for stored voices. CosyVoice 3 always finds the mark that
 * ends a prompt, without which it makes words up; CosyVoice 2 finds it in instruct mode alone.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py frontend_zero_shot, frontend_cross_lingual, frontend_instruct2; cosyvoice/llm/llm.py
 */
export const layoutPrompt = (tokenizer: TextTokenizer, request: PromptMode & { text: string }): PromptLayout => {
  const isThird = tokenizer.architecture === 'cosyvoice3'
  const ttsTextIds = tokenizer.encode(request.text, { marks: 'sounds' })
  const frame = isThird ? tokenizer.encode(SYSTEM + END_OF_PROMPT, { marks: 'all' }) : []
  const layout = ((): Omit<PromptLayout, 'ttsTextIds'> => {
    switch (request.mode) {
      case 'zero-shot': {
        const promptIds = [...frame, ...tokenizer.encode(request.transcript, { marks: 'sounds' })]
        return { promptIds, textIds: ttsTextIds, usesPromptSpeech: true }
      }
      case 'cross-lingual':
      case 'preset':
        return { promptIds: [], textIds: [...frame, ...ttsTextIds], usesPromptSpeech: false }
      case 'instruct': {
        const core = coreOf(request.instruct)
        assert(core !== '', 'an instruct says something')
        // One text: the space before an English word is part of its first token.
        const instruction = tokenizer.encode(isThird ? `${SYSTEM} ${core}` : core, { marks: 'none' })
        return { promptIds: [...instruction, tokenizer.endOfPromptId], textIds: ttsTextIds, usesPromptSpeech: false }
      }
    }
  })()
  return { ...layout, ttsTextIds }
}
