import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { concatFloat32 } from '../../shared/audio/index.ts'
import type { DeviceTrial } from '../../shared/device/index.ts'
import { voiceIdSchema } from '../../shared/kernel/index.ts'
import { type RenderRequest, takeKeyOf } from '../../shared/render/index.ts'
import { discard } from '../disk/index.ts'
import { type Engine, type LocalSetup, openTrialEngine } from '../engines/index.ts'
import { writeWav } from '../export/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'

type TryModelDeps = {
  readonly spawnWorker: SpawnWorker
  /** Speaks the recording that the model is asked to sound like, so that no voice of the person's is needed. */
  readonly draft: Engine
  nowEpochMs(): number
}
export type TryModelJob = { readonly signal: AbortSignal; progress(progress: { fraction: number }): void }

const PROMPT_TEXT = '春天的河水涨起来了，岸边的柳树也绿了。'
/** About five seconds of speech. */
const TRIAL_TEXT = '今天的天气真好，我们沿着河边慢慢地走，一直走到了桥上。'
const RECORDING = '0'.repeat(64)
/** Of the progress, until the measured line begins. */
const PREPARED = 0.4

const requestOf = (engine: Engine, patch: Partial<RenderRequest> & Pick<RenderRequest, 'text' | 'voice' | 'mode'>) => {
  const { engineId, version, sampleRateHz } = engine.capabilities
  const asked = {
    ...{ engineId, engineVersion: version, sampleRateHz, language: 'zh', instruct: null },
    ...{ speed: 1, pitchSemitones: engine.capabilities.pitchSemitones && 0, seed: 0 },
    ...patch,
  }
  return { ...asked, takeKey: takeKeyOf(asked) }
}

const heard = async (
  engine: Engine,
  request: RenderRequest,
  signal: AbortSignal,
  progress: (fraction: number) => void = () => undefined,
): Promise<{ pcm: Float32Array; firstAudioSec: number; tookSec: number }> => {
  const startedMs = performance.now()
  let firstAudioSec: number | undefined
  const blocks: Float32Array[] = []
  for await (const block of engine.render(request, { signal, progress: ({ fraction }) => progress(fraction) })) {
    firstAudioSec ??= (performance.now() - startedMs) / 1000
    blocks.push(block)
  }
  const tookSec = (performance.now() - startedMs) / 1000
  return { pcm: concatFloat32(blocks), firstAudioSec: firstAudioSec ?? tookSec, tookSec }
}

/**
 * Speaks a sentence with a model in a fresh process, as its setup says, and measures it. The voice is one of the draft
 * engine's, the same on every computer.
 * @throws AppError as the local engine does; AppCancel
 */
export const tryModel = async (
  setup: LocalSetup,
  { spawnWorker, draft, nowEpochMs }: TryModelDeps,
  { signal, progress }: TryModelJob,
): Promise<DeviceTrial> => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'cosy-trial-'))
  try {
    const [speaker] = draft.presetVoices
    if (!speaker) throw new Error('the draft engine has voices')
    const recording = await heard(
      draft,
      requestOf(draft, {
        ...{ text: PROMPT_TEXT, mode: 'presetSpeaker', seed: null },
        voice: { voiceId: speaker.voiceId, source: speaker.source },
      }),
      signal,
    )
    writeWav(path.join(scratch, `${RECORDING}.wav`), recording.pcm, draft.capabilities.sampleRateHz)
    progress({ fraction: 0.05 })

    const own = { ...setup, voicesDirectory: scratch, featuresDirectory: path.join(scratch, 'features') }
    await using engine = await openTrialEngine(own, spawnWorker)
    const voice = {
      voiceId: voiceIdSchema.parse('voice_trial'),
      source: { kind: 'promptAudio', audioSha256: RECORDING, promptText: PROMPT_TEXT },
    } as const
    const asked = { voice, mode: 'zeroShot' } as const
    const startedMs = performance.now()
    await engine.prepare(signal)
    const loadSec = (performance.now() - startedMs) / 1000
    progress({ fraction: 0.2 })
    // What is done once for a voice and for a fresh process is not measured.
    await heard(engine, requestOf(engine, { text: '你好。', ...asked }), signal)
    progress({ fraction: PREPARED })
    const { pcm, firstAudioSec, tookSec } = await heard(
      engine,
      requestOf(engine, { text: TRIAL_TEXT, ...asked }),
      signal,
      (fraction) => progress({ fraction: PREPARED + (1 - PREPARED) * fraction }),
    )
    const { placements, peakMemoryBytes } = await engine.report(signal)
    const durationSec = pcm.length / engine.capabilities.sampleRateHz
    return {
      ...{ modelId: setup.modelId, placements, durationSec, tookSec, firstAudioSec, loadSec, peakMemoryBytes },
      rtf: tookSec / durationSec,
      triedAtEpochMs: nowEpochMs(),
    }
  } finally {
    await discard(scratch)
  }
}
