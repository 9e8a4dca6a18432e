import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError, type AppErrorData, engineIdSchema, sampleRateSchema } from '../../../shared/kernel/index.ts'
import { trainedInstructs } from '../../../shared/render/index.ts'
import { MANIFEST_FILE, type ModelDescription, openBundle } from '../../model-bundle/index.ts'
import type { EngineDescription } from '../engine-description.ts'
import type { LocalSetup } from './local-setup.ts'

export const LOCAL_ENGINE_ID = engineIdSchema.parse('local-cosyvoice')

/** To be raised when the same text, voice and model sound different: rules of the normaliser, cuts, the sampler. */
const SPEECH_VERSION = 2

/** Lines that wait together where one part of the model is in memory at a time, so that parts change once for all of them. */
const STAGED_LINES = 8
/** What a line may need beside the model; more is what ONNX Runtime's arenas have kept. */
const WORKING_BYTES = 2 ** 30

/** BCP 47. @source FunAudioLLM/CosyVoice README.md; docs of CosyVoice 2 and 3 */
const LANGUAGES: Readonly<Record<ModelDescription['architecture'], readonly string[]>> = {
  cosyvoice2: ['zh', 'en', 'ja', 'ko'],
  cosyvoice3: ['zh', 'en', 'ja', 'ko', 'de', 'es', 'fr', 'it', 'ru'],
}

/** Without a model: what could be said of one, and why nothing is spoken. */
export const localWithoutModel = (reason: AppErrorData): EngineDescription => ({
  capabilities: {
    engineId: LOCAL_ENGINE_ID,
    version: 'none',
    name: 'Local CosyVoice',
    isDraft: false,
    isRemote: false,
    needsEnrolment: false,
    modes: ['zeroShot', 'crossLingual', 'instruct'],
    languages: [],
    sampleRateHz: sampleRateSchema.parse(24_000),
    streaming: true,
    speaksForAnyVoice: false,
    honoursInstruct: true,
    instructSpeakers: null,
    instructs: [],
    honoursSeed: true,
    speed: { min: 0.5, max: 2 },
    pitchSemitones: null,
    concurrency: 1,
    unavailable: reason,
  },
  presetVoices: [],
})

export const noModelChosen = (): AppError =>
  new AppError('engine.no-model', { remedies: ['open-models', 'choose-another-engine'] })

type ModelFacts = Pick<ModelDescription, 'architecture'> & { sampleRateHz: number; sizeBytes: number; digest: string }

/** Names all files and what is in them. */
const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16)

const factsOf = async ({ modelDirectory, layout }: LocalSetup): Promise<ModelFacts> => {
  if (layout === 'sokuji')
    return {
      architecture: 'cosyvoice3',
      sampleRateHz: 24_000,
      sizeBytes: COMMUNITY_BYTES,
      digest: await digestOf(path.join(modelDirectory, 'downloaded.json')),
    }
  const { manifest } = await openBundle(modelDirectory)
  return {
    architecture: manifest.model.architecture,
    sampleRateHz: manifest.model.vocoder.sampleRateHz,
    sizeBytes: manifest.files.reduce((sum, { path: file, sizeBytes }) => sum + (isSpoken(file) ? sizeBytes : 0), 0),
    digest: await digestOf(path.join(modelDirectory, MANIFEST_FILE)),
  }
}

/** Files that are in memory while a line is spoken; tables are read row by row, prompts heard before. */
const isSpoken = (file: string): boolean => /\.(onnx|weights)$/.test(file) && !/^(campplus|speech_tokenizer)/.test(file)
/** Graphs of the community bundle that speak. @source cosyvoice-local.md 2.2 */
const COMMUNITY_BYTES = 2_400_000_000

/**
 * What the local engine can do with a model; reads its manifest alone.
 * @throws AppError `model.not-found`, `model.corrupt`, `model.newer-than-app`
 */
export const describeLocal = async (setup: LocalSetup): Promise<EngineDescription> => {
  const { architecture, sampleRateHz, sizeBytes, digest } = await factsOf(setup)
  const speaking = setup.memory === 'staged' ? 'whole' : setup.speaking
  return {
    capabilities: {
      ...localWithoutModel(noModelChosen().toData()).capabilities,
      version: `${SPEECH_VERSION}-${digest}-${setup.steps}-${speaking}`,
      languages: [...LANGUAGES[architecture]],
      sampleRateHz: sampleRateSchema.parse(sampleRateHz),
      instructs: [...trainedInstructs(architecture)],
      concurrency: setup.memory === 'staged' ? STAGED_LINES : setup.lines,
      unavailable: null,
    },
    presetVoices: [],
    memoryLimitBytes: Math.round(1.25 * sizeBytes) + WORKING_BYTES,
  }
}
