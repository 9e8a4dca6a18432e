import { AppError } from '../../../shared/kernel/index.ts'
import { COPIED_FILES, type ModelDescription } from '../../model-bundle/index.ts'
import { type Network, type NetworkValue, networkTensor } from '../sessions.ts'
import { FBANK_BINS } from './kaldi-fbank.ts'
import { type PromptNetworks, SPEAKER_SIZE } from './prompt-features.ts'
import { WHISPER_MEL_BINS } from './whisper-mel.ts'

const unfit = (graph: string, reason: string): AppError =>
  new AppError('model.graph-rejected', { params: { graph, reason }, remedies: ['download-again', 'convert-again'] })

const onlyOutput = async (
  network: Network,
  graph: string,
  inputs: Readonly<Record<string, NetworkValue>>,
): Promise<NetworkValue> => {
  // Its name is written down nowhere.
  const [name] = network.outputNames
  const value = name === undefined ? undefined : (await network.run(inputs, [name]))[name]
  if (value === undefined) throw unfit(graph, 'it has no output')
  return value
}

/** Whole numbers of whichever width. */
const idsOf = (value: NetworkValue, graph: string): number[] => {
  const { data } = value
  if (data instanceof Int32Array) return [...data]
  if (data instanceof BigInt64Array) return Array.from(data, Number)
  throw unfit(graph, `speech tokens are whole numbers, not ${value.type}`)
}

/**
 * The networks of the prompt as the functions that `extractPromptFeatures` asks for. Neither is ever padded: both answer
 * differently where silence follows.
 * @param campplus runs best on the processor: other providers differ a little, so that a voice would depend on the machine
 * @param speechCodes speech tokens are below this
 * @returns functions that throw AppError model.graph-rejected where a graph is of something else
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py _extract_speech_token, _extract_spk_embedding
 */
export const promptNetworks = (
  speechTokenizer: Network,
  campplus: Network,
  { architecture, speechCodes }: { architecture: ModelDescription['architecture']; speechCodes: number },
): PromptNetworks => {
  const tokenizerFile = COPIED_FILES.speechTokenizer[architecture]
  const speakerFile = COPIED_FILES.speakerNetwork
  return {
    speechTokens: async (mel, frames) => {
      const indices = await onlyOutput(speechTokenizer, tokenizerFile, {
        feats: networkTensor(mel, [1, WHISPER_MEL_BINS, frames]),
        feats_length: networkTensor(Int32Array.of(frames), [1]),
      })
      const ids = idsOf(indices, tokenizerFile)
      // Four frames a token, give or take what convolutions do at the ends. Another rate would shift all that follows.
      if (ids.length < Math.floor(frames / 4) - 2 || ids.length > Math.ceil(frames / 4) + 2)
        throw unfit(
          tokenizerFile,
          `${frames} frames gave ${ids.length} speech tokens, where one for every 4 was expected`,
        )
      const stray = ids.find((id) => id < 0 || id >= speechCodes)
      if (stray !== undefined) throw unfit(tokenizerFile, `${stray} is no speech token below ${speechCodes}`)
      return ids
    },
    speakerVector: async (fbank, frames) => {
      const { data, type } = await onlyOutput(campplus, speakerFile, {
        input: networkTensor(fbank, [1, frames, FBANK_BINS]),
      })
      if (!(data instanceof Float32Array)) throw unfit(speakerFile, `a speaker is of float32, not ${type}`)
      if (data.length !== SPEAKER_SIZE)
        throw unfit(speakerFile, `a speaker is ${SPEAKER_SIZE} numbers, not ${data.length}`)
      if (!data.every(Number.isFinite)) throw unfit(speakerFile, 'a speaker came out that is no number')
      return data
    },
  }
}
