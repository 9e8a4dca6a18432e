import { createHash } from 'node:crypto'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import {
  BUNDLE_GRAPHS,
  type BundleGraph,
  type BundleManifest,
  COPIED_FILES,
  openBundle,
} from '../model-bundle/index.ts'
import { chooseDevices, type DeviceWish, placedOptions } from './devices/choose-devices.ts'
import { onlyNumbers } from './devices/only-numbers.ts'
import type { ProviderCertificate } from './devices/prove-provider.ts'
import { presetFlowMemoryBytes } from './flow/flow-memory.ts'
import type { ModelStages } from './model-stages.ts'
import { type OpenNetwork, openFlow, openLlm, openPromptNetworks, openVocoder } from './open-model.ts'
import { openNetwork } from './sessions.ts'
import { openTokenizer } from './text/tokenizer.ts'

export type BundleModelOptions = {
  readonly wish: DeviceWish
  /** One for each device that was tried. */
  readonly certificates: readonly ProviderCertificate[]
  /** Of each graph on the processor. Preset: one for each physical core. */
  readonly threads?: number | undefined
  /** Preset: `openNetwork`; another one stands in for hardware that is not there. */
  readonly open?: OpenNetwork
  /** What the flow may remember of lines and prompts while it is open. Preset: `presetFlowMemoryBytes`. */
  readonly flowMemoryBytes?: number
}

/** What leaves each graph for the rest of the model; what the language model keeps for itself is not among it. */
const RESULTS: Readonly<Record<string, readonly string[]>> = {
  [`${BUNDLE_GRAPHS.llm}.onnx`]: ['logits'],
  [`${BUNDLE_GRAPHS.flowFront}.onnx`]: ['mu', 'spks'],
  [`${BUNDLE_GRAPHS.estimator}.onnx`]: ['velocity'],
  [`${BUNDLE_GRAPHS.pitch}.onnx`]: ['f0'],
  [`${BUNDLE_GRAPHS.vocoder}.onnx`]: ['magnitude', 'phase'],
}
const looking =
  (open: OpenNetwork): OpenNetwork =>
  async (modelPath, options) => {
    const file = path.basename(modelPath)
    return onlyNumbers(await open(modelPath, options), file, RESULTS[file] ?? [])
  }

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)

const promptFiles = ({ model }: BundleManifest): readonly string[] => [
  COPIED_FILES.speechTokenizer[model.architecture],
  COPIED_FILES.speakerNetwork,
]
const [VOCABULARY, MERGES] = COPIED_FILES.tokenizer

/** @throws AppError model.corrupt for the first file that the bundle was made without */
const requireFiles = (manifest: BundleManifest, files: readonly string[]): void => {
  for (const file of files)
    if (!manifest.files.some((found) => found.path === file))
      throw new AppError('model.corrupt', {
        params: { file, reason: 'not-in-checkpoint' },
        remedies: ['convert-again', 'download-again'],
      })
}

/**
 * A bundle of our own as stages, each graph on the device that was chosen for it. Opening it reads the manifest alone; whether
 * files are there in full size is known, what is in them is not.
 *
 * Nothing falls back: a device that cannot, that leaves the work to the processor, or that gives what is no number fails when
 * its stage is opened or first asked.
 * @throws AppError model.not-found | model.corrupt | model.newer-than-app; engine.gpu-unavailable | engine.provider-wrong where
 *   no device may run what needs one
 */
export const openBundleModel = async (
  directory: string,
  { wish, certificates, threads, open = openNetwork, flowMemoryBytes = presetFlowMemoryBytes() }: BundleModelOptions,
): Promise<ModelStages> => {
  const bundle = await openBundle(directory)
  const { manifest } = bundle
  const description = manifest.model
  const devices = chooseDevices({ model: description, certificates, wish })
  const openLooking = looking(threads === undefined ? open : (file, how) => open(file, { threads, ...how }))
  const folder = { directory: bundle.directory, description }
  const placed = (graph: BundleGraph) => placedOptions(graph, devices, description)
  const hashOf = (file: string): string => manifest.files.find((found) => found.path === file)?.sha256 ?? 'none'
  return {
    description,
    streamsInChunks: description.architecture === 'cosyvoice3',
    promptFingerprint: digest(description.architecture, ...promptFiles(manifest).map(hashOf)),
    devices,
    openTokenizer: async () => {
      requireFiles(manifest, [VOCABULARY, MERGES])
      return openTokenizer({
        vocabFile: path.join(bundle.directory, VOCABULARY),
        mergesFile: path.join(bundle.directory, MERGES),
        architecture: description.architecture,
      })
    },
    openPromptNetworks: async () => {
      requireFiles(manifest, promptFiles(manifest))
      return openPromptNetworks(bundle.directory, {
        architecture: description.architecture,
        speechCodes: description.flow.speechCodes,
      })
    },
    openLlm: () => openLlm(folder, placed, openLooking),
    openFlow: () => openFlow(folder, placed, openLooking, { memoryBytes: flowMemoryBytes }),
    openVocoder: () => openVocoder(folder, placed, openLooking),
  }
}
