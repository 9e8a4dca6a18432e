import type { ModelDescription } from '../../model-bundle/index.ts'

/**
 * Speech ids that sound like silence, and how many of them in a row the flow is given.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/model.py CosyVoice3Model silent_tokens, CosyVoiceModel.llm_job
 */
const SILENT_IDS: ReadonlySet<number> = new Set([1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323])
const LONGEST_RUN = 5

/**
 * Shortens long silences of CosyVoice 3; models of other architectures have no ids of silence.
 * @returns asked once for each speech id in order: whether the flow is given it. The language model itself hears every id.
 */
export const createSilentTokenFilter = (
  architecture: ModelDescription['architecture'],
): ((speechId: number) => boolean) => {
  if (architecture !== 'cosyvoice3') return () => true
  let run = 0
  return (speechId) => {
    run = SILENT_IDS.has(speechId) ? run + 1 : 0
    return run <= LONGEST_RUN
  }
}
