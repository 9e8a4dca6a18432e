import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import type { PcmBlock } from '../../../shared/audio/index.ts'
import { AppError } from '../../../shared/kernel/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import { RECORDING_LIMITS } from '../../../shared/voice/index.ts'
import { readAudio } from '../../audio-file/index.ts'
import {
  createSpeaker,
  type FeatureCache,
  type ModelStages,
  openFeatureCache,
  openModelStages,
  type PromptMode,
  type Speaker,
  type SpokenVoice,
} from '../../cosyvoice/index.ts'
import { openJapaneseReader } from '../draft/japanese-reading.ts'
import type { Engine, EngineJob } from '../engine.ts'
import type { EngineDescription } from '../engine-description.ts'
import { pcmBlocks } from '../pcm-blocks.ts'
import { nextTurn } from '../turn.ts'
import { toProviderCertificate } from './certificates.ts'
import type { LocalSetup } from './local-setup.ts'

const promptOf = ({ mode, voice: { source }, instruct }: RenderRequest): PromptMode => {
  if (mode === 'instruct' && instruct !== null) return { mode: 'instruct', instruct }
  if (mode === 'zeroShot' && source.kind === 'promptAudio') return { mode: 'zero-shot', transcript: source.promptText }
  return { mode: 'cross-lingual' }
}

export type LocalEngineOptions = {
  readonly description: EngineDescription
  readonly setup: LocalSetup
  /** Told of kept features that cannot be used. */
  readonly onProblem: (error: unknown) => void
}

/** CosyVoice on this computer. Lives in the engine's process. */
export class LocalEngine implements Engine {
  readonly capabilities
  readonly presetVoices
  readonly #setup: LocalSetup
  readonly #cache: FeatureCache
  #opening: Promise<{ stages: ModelStages; speaker: Speaker }> | undefined

  constructor({ description, setup, onProblem }: LocalEngineOptions) {
    this.capabilities = description.capabilities
    this.presetVoices = description.presetVoices
    this.#setup = setup
    this.#cache = openFeatureCache(setup.featuresDirectory, { onProblem })
  }

  /** @throws AppError `model.*`, `engine.gpu-unavailable`, `engine.provider-wrong`, `engine.out-of-memory` */
  async prepare(signal: AbortSignal): Promise<void> {
    const { speaker } = await this.#open()
    await speaker.load(signal)
  }

  /** Where each graph of the model runs. @throws AppError as `prepare` does */
  async devices(): Promise<ModelStages['devices']> {
    return (await this.#open()).stages.devices
  }

  /**
   * @throws AppError `engine.nothing-to-say`, `engine.unsupported-voice`, `voice.audio-missing`, `voice.prompt-*`, `model.*`,
   *   `engine.gpu-unavailable`, `engine.provider-wrong`, `engine.out-of-memory`
   */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    await nextTurn(signal)
    progress({ fraction: 0 })
    const { speaker } = await this.#open()
    const voice = await this.#listen(speaker, request, signal)
    const blocks = speaker.speak(
      {
        text: request.text,
        language: request.language,
        prompt: promptOf(request),
        voice,
        seed: (request.seed ?? 0) >>> 0,
        steps: this.#setup.steps,
        speed: request.speed ?? 1,
        normalises: true,
        isStreamed: this.#setup.speaking === 'streamed',
      },
      { signal, onProgress: (fraction) => progress({ fraction }) },
    )
    for await (const block of blocks) yield* pcmBlocks(block)
    progress({ fraction: 1 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.speaker[Symbol.asyncDispose]()
  }

  async #listen(
    speaker: Speaker,
    { voice: { source, voiceId } }: RenderRequest,
    signal: AbortSignal,
  ): Promise<SpokenVoice> {
    if (source.kind !== 'promptAudio')
      throw new AppError('engine.unsupported-voice', {
        params: { engine: this.capabilities.name, voice: voiceId },
        remedies: ['choose-another-voice', 'choose-another-engine'],
      })
    const file = path.join(this.#setup.voicesDirectory, `${source.audioSha256}.wav`)
    if (!existsSync(file))
      throw new AppError('voice.audio-missing', {
        params: { file: path.basename(file) },
        remedies: ['choose-another-voice'],
      })
    const audio = await readAudio(file, { longestSec: RECORDING_LIMITS.longestSec + 1, signal })
    return speaker.listen(audio, { signal, isStreamed: this.#setup.speaking === 'streamed' })
  }

  #open(): Promise<{ stages: ModelStages; speaker: Speaker }> {
    this.#opening ??= this.#openOnce().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #openOnce(): Promise<{ stages: ModelStages; speaker: Speaker }> {
    const { modelDirectory, layout, device, certificates, memory, lines } = this.#setup
    const threads = lines === 1 ? undefined : Math.max(1, Math.floor(cpus().length / lines))
    const stages = await openModelStages(
      { directory: modelDirectory, layout },
      { threads, wish: device, certificates: certificates.map(toProviderCertificate) },
    )
    const speaker = createSpeaker({ stages, memory, cache: this.#cache, openKatakana: openJapaneseReader })
    return { stages, speaker }
  }
}
