/**
 * Which recordings the models can take, and how long those are that they take well; `main/cosyvoice` refuses what lies
 * outside.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py _extract_speech_token (longest), cosyvoice/utils/file_utils.py
 *   load_wav (rate); kizuna-ai-lab/sokuji sidecar (shortest)
 */
export const RECORDING_LIMITS = {
  shortestSec: 0.5,
  longestSec: 30,
  bestFromSec: 3,
  bestToSec: 10,
  leastRateHz: 16_000,
  /** Level of the loudest part below which it counts as silent. */
  silentDb: -60,
} as const
