import type { BundleSource } from '../model-bundle/index.ts'

/** Language models of the official releases by their SHA-256. @source huggingface.co FunAudioLLM (cosyvoice-local.md 1.4) */
const REVISIONS: Readonly<Record<string, string>> = {
  '69f43bd545131c30e98947fb360ea8b4dc9916d8e83dded7757c7ea4f5a24970':
    'FunAudioLLM/Fun-CosyVoice3-0.5B-2512@29e01c4e8d000f4bcd70751be16fa94bf3d85a18',
  '74d34b01a80c7154670ae75ac372d1b1712c78bceae9f467eb9f1f6f61ec764f':
    'FunAudioLLM/Fun-CosyVoice3-0.5B-2512@29e01c4e8d000f4bcd70751be16fa94bf3d85a18 (RL)',
  b144ef55b51ce8cfb79a73c90dbba0bdaba4e451c0ebcfab20f769264f84a608:
    'FunAudioLLM/CosyVoice2-0.5B@eec1ae6c79877dbd9379285cf8789c9e0879293d',
}

/** The release that a checkpoint is, where its language model is an official one. */
export const officialRevision = (sources: readonly BundleSource[]): string | undefined => {
  const llm = sources.find(({ file }) => file === 'llm.pt')
  return llm && REVISIONS[llm.sha256]
}
