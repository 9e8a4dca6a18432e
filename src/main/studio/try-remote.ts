import { type MemberTrial, type RemoteEngine, remoteFacts } from '../../shared/endpoint/index.ts'
import { AppCancel, AppError, toAppError } from '../../shared/kernel/index.ts'
import { type RenderRequest, takeKeyOf } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { openRemoteEngine, type RemoteDeps, type RemoteSetup, type RenderNote } from '../engines/index.ts'

/** Short: it is paid for. */
const SENTENCES = { zh: '你好，很高兴见到你。', en: 'Hello, nice to meet you.' } as const
const SILENCE_DB = -120

type Trial = Omit<MemberTrial, 'queue' | 'models' | 'voices'>

/** Chinese where the voice or the engine speaks it. */
const sentenceFor = (voice: Voice, languages: readonly string[]): { text: string; language: string } => {
  const isChinese = (language: string): boolean => /^(zh|yue)\b/.test(language)
  const speaksChinese =
    voice.language === null ? languages.length === 0 || languages.some(isChinese) : isChinese(voice.language)
  return speaksChinese ? { text: SENTENCES.zh, language: 'zh' } : { text: SENTENCES.en, language: 'en' }
}

const levelDb = (peak: number): number => (peak === 0 ? SILENCE_DB : 20 * Math.log10(peak))

const noVoice = ({ connection }: RemoteEngine): AppError => {
  const { recordings } = remoteFacts(connection)
  return new AppError('voice.none-to-try', {
    params: { way: recordings === 'sent-along' ? 'along' : recordings },
  })
}

/**
 * Speaks a sentence at one endpoint of an engine, with a setup that has no other, and measures it. What fails is told, not
 * thrown.
 * @param voice undefined: the first that the engine has
 * @throws AppCancel
 */
export const tryMember = async (
  setup: RemoteSetup,
  voice: Voice | undefined,
  deps: RemoteDeps,
  signal: AbortSignal,
  onNote: (note: RenderNote) => void,
): Promise<Trial> => {
  const [member] = setup.engine.members
  if (!member) throw new Error('an engine has an endpoint')
  const warnings: Trial['warnings'] = []
  const { memberId, baseUrl } = member
  const startedMs = performance.now()
  try {
    await using engine = openRemoteEngine(setup, deps)
    const { capabilities, presetVoices } = engine
    if (capabilities.unavailable) throw AppError.fromData(capabilities.unavailable)
    const speaker = voice ?? presetVoices[0]
    if (!speaker) throw noVoice(setup.engine)
    const asked: Omit<RenderRequest, 'takeKey'> = {
      ...{
        engineId: capabilities.engineId,
        engineVersion: capabilities.version,
        ...sentenceFor(speaker, capabilities.languages),
      },
      voice: { voiceId: speaker.voiceId, source: speaker.source },
      mode: speaker.source.kind === 'presetSpeaker' ? 'presetSpeaker' : 'zeroShot',
      ...{ instruct: null, speed: null, pitchSemitones: null, seed: null, sampleRateHz: capabilities.sampleRateHz },
    }
    const note = (said: RenderNote): void => {
      if (said.kind === 'warning') warnings.push({ field: said.field, reason: said.reason })
      onNote(said)
    }
    let [samples, peak] = [0, 0]
    let firstSoundMs: number | undefined
    for await (const block of engine.render(
      { ...asked, takeKey: takeKeyOf(asked) },
      { signal, isUrgent: true, progress: () => undefined, note },
    )) {
      firstSoundMs ??= performance.now() - startedMs
      samples += block.length
      for (const sample of block) peak = Math.max(peak, Math.abs(sample))
    }
    const tookMs = performance.now() - startedMs
    const spoken = {
      ...{ firstSoundMs: firstSoundMs ?? tookMs, tookMs, levelDb: levelDb(peak) },
      durationSec: samples / capabilities.sampleRateHz,
    }
    return { memberId, baseUrl, spoken, error: null, warnings }
  } catch (error) {
    if (error instanceof AppCancel) throw error
    return { memberId, baseUrl, spoken: null, error: toAppError(error).toData(), warnings }
  }
}
