import path from 'node:path'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { chooseDevices, type DeviceChoice, type DeviceWish, placedOptions } from '../devices/choose-devices.ts'
import { onlyNumbers } from '../devices/only-numbers.ts'
import type { ProviderCertificate } from '../devices/prove-provider.ts'
import type { ModelStages } from '../model-stages.ts'
import { openPromptNetworks } from '../open-model.ts'
import { type Network, type NetworkOptions, openNetwork } from '../sessions.ts'
import { communityDescription } from './community-description.ts'
import { COMMUNITY_GRAPHS, type CommunityGraph, GRAPHS_FOLDER } from './community-files.ts'
import { createCommunityFlow } from './community-flow.ts'
import { createCommunityDecoder, graphRows } from './community-llm.ts'
import { openGraphTable } from './community-table.ts'
import { openCommunityTokenizer } from './community-tokenizer.ts'
import { createCommunityVocoder } from './community-vocoder.ts'
import { inspectCommunityModel } from './inspect-community-model.ts'

export type CommunityModelOptions = {
  readonly wish: DeviceWish
  /** One for each device that was tried. */
  readonly certificates: readonly ProviderCertificate[]
  /** Of each graph on the processor. Preset: one for each physical core. */
  readonly threads?: number | undefined
}

/** What one step of the language model hands to the next is as long as the line, and its scores tell of it. */
const isLookedAt = (output: string): boolean => !output.endsWith('past_key_values')

/**
 * A device gets the estimator alone: it is in single precision and nearly all of the work behind the language model, whose
 * 4-bit graphs hand their memory through JavaScript in every step and so stay with the processor.
 * @throws AppError engine.gpu-unavailable | engine.provider-wrong
 */
const placeGraphs = (model: ModelDescription, { wish, certificates }: CommunityModelOptions): DeviceChoice => ({
  ...chooseDevices({ model, certificates, wish }),
  flowFront: { provider: 'cpu', reason: 'made-for-processor' },
  vocoder: { provider: 'cpu', reason: 'made-for-processor' },
})

/**
 * Opens the complete community export (layout `sokuji` of the catalogue) as it was downloaded: CosyVoice 3, the language model
 * in 4 bits, all else in single precision. Every file is looked at and every graph checked for its inputs and outputs; none
 * is loaded before its stage is opened.
 * @throws AppError model.not-found where nothing of it is there; model.corrupt, naming a file that is missing or damaged;
 *   model.graph-rejected, naming what a graph of another export lacks; engine.gpu-unavailable | engine.provider-wrong
 */
export const openCommunityModel = async (folder: string, options: CommunityModelOptions): Promise<ModelStages> => {
  const inspected = await inspectCommunityModel(folder)
  const { directory, outlines, promptFingerprint } = inspected
  const description = communityDescription(inspected)
  const devices = placeGraphs(description, options)
  const open = async (graph: CommunityGraph, how: NetworkOptions = {}): Promise<Network> => {
    const { file, outputs } = COMMUNITY_GRAPHS[graph]
    const { threads } = options
    const network = await openNetwork(path.join(directory, file), threads === undefined ? how : { threads, ...how })
    return onlyNumbers(network, path.posix.basename(file), Object.keys(outputs).filter(isLookedAt))
  }

  return {
    description,
    promptFingerprint,
    streamsInChunks: false,
    devices,
    openTokenizer: () => openCommunityTokenizer(directory),
    openPromptNetworks: () =>
      openPromptNetworks(path.join(directory, GRAPHS_FOLDER), {
        architecture: description.architecture,
        speechCodes: description.flow.speechCodes,
      }),
    async openLlm() {
      await using stack = new AsyncDisposableStack()
      const textTable = await openGraphTable(directory, COMMUNITY_GRAPHS.textEmbedding.file, outlines.textEmbedding)
      const text = textTable
        ? stack.use(textTable).rows
        : graphRows(stack.use(await open('textEmbedding')), 'input_ids', 'embeddings')
      const speech = graphRows(stack.use(await open('speechEmbedding')), 'token', 'embedded')
      const initial = stack.use(await open('llmInitial'))
      const decode = stack.use(await open('llmDecode'))
      const head = stack.use(await open('llmHead'))
      const opened = stack.move()
      return {
        decoder: () => createCommunityDecoder({ initial, decode, head }, description.llm),
        text,
        speech,
        sos: () => speech([description.llm.sosRow]),
        task: () => speech([description.llm.taskRow]),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      }
    },
    async openFlow() {
      await using stack = new AsyncDisposableStack()
      const embedding = stack.use(await open('flowEmbedding'))
      const speaker = stack.use(await open('speakerProjection'))
      const lookahead = stack.use(await open('preLookahead'))
      const estimator = stack.use(await open('estimator', placedOptions('estimator', devices, description)))
      const opened = stack.move()
      return {
        ...createCommunityFlow({ embedding, speaker, lookahead, estimator }, description.flow),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      }
    },
    async openVocoder() {
      await using stack = new AsyncDisposableStack()
      const pitch = stack.use(await open('pitch'))
      const source = stack.use(await open('source'))
      const decoder = stack.use(await open('vocoder'))
      const opened = stack.move()
      return {
        ...createCommunityVocoder({ pitch, source, decoder }, description.vocoder),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      }
    },
  }
}
