import { AppError, type AppErrorData, type EngineId, type LineId, type VoiceId } from '../kernel/index.ts'
import { type Line, type Project, resolveDirection } from '../project/index.ts'
import type { Voice, VoiceMode } from '../voice/index.ts'
import type { EngineCapabilities } from './engine-capabilities.ts'
import { type Enrolments, isCopyOutdated, isEnrolled } from './enrolments.ts'
import { followsInstruct } from './instructs.ts'
import { leftOutOf } from './left-out.ts'
import type { RenderRequest } from './render-request.ts'
import { speaksLanguage } from './speaks-language.ts'
import type { RenderWarning, Take } from './take.ts'
import { takeKeyOf } from './take-key.ts'
import { lineSound, playingTake, type TakesByLine } from './takes-of-line.ts'

/** What a plan needs to know beside the project. */
export type RenderWorld = {
  voices: ReadonlyMap<VoiceId, Voice>
  engines: ReadonlyMap<EngineId, EngineCapabilities>
  /** Voices of the library that engines elsewhere know. */
  enrolments: Enrolments
  /** Used where no level of the project names one. */
  defaultEngineId: EngineId
  defaultVoiceId: VoiceId
}

export type LineRequest =
  | {
      ok: true
      request: RenderRequest
      /** What the engine will not honour of what the line, or the project, asks. */
      leftOut: readonly RenderWarning[]
    }
  | { ok: false; error: AppErrorData }

const refuse = (...args: ConstructorParameters<typeof AppError>): LineRequest => ({
  ok: false,
  error: new AppError(...args).toData(),
})

const clamp = (value: number, { min, max }: { min: number; max: number }): number => Math.min(max, Math.max(min, value))

/** True where there is something to say: a letter or a digit of any script. */
export const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)

/** What would be asked of the engine for one line as it stands, or why nothing can be asked. */
export const requestForLine = (project: Project, line: Line, world: RenderWorld): LineRequest => {
  const direction = resolveDirection(project, line)
  const text = (line.spokenText ?? line.text).trim()
  if (!isSpeakable(text)) return refuse('engine.nothing-to-say')
  const engineId = direction.engineId.value ?? world.defaultEngineId
  const engine = world.engines.get(engineId)
  if (!engine) return refuse('engine.unknown', { params: { engine: engineId }, remedies: ['choose-another-engine'] })
  const voice = world.voices.get(direction.voiceId.value ?? world.defaultVoiceId)
  if (!voice) return refuse('voice.not-found', { remedies: ['choose-another-voice'] })
  if (engine.unavailable) return { ok: false, error: engine.unavailable }
  if (!speaksWith(engine, voice))
    return refuse('engine.unsupported-voice', {
      params: { engine: engine.name, voice: voice.name },
      remedies: ['choose-another-voice', 'choose-another-engine'],
    })
  if (
    engine.needsEnrolment &&
    voice.source.kind === 'promptAudio' &&
    !isEnrolled(world.enrolments, engineId, voice.voiceId)
  )
    return refuse('voice.not-enrolled', {
      params: { engine: engine.name, voice: voice.name },
      remedies: ['enrol-voice', 'choose-another-voice', 'choose-another-engine'],
    })
  if (
    engine.needsEnrolment &&
    voice.source.kind === 'promptAudio' &&
    isCopyOutdated(world.enrolments, engineId, voice.voiceId)
  )
    return refuse('voice.copy-outdated', {
      params: { engine: engine.name, voice: voice.name },
      remedies: ['renew-copy', 'choose-another-voice', 'choose-another-engine'],
    })
  const language = direction.language.value ?? voice.language
  const isOwnVoice = voice.source.kind === 'presetSpeaker' && voice.source.engineId === engineId
  if (language !== null && !speaksLanguage(engine, language, isOwnVoice ? voice.language : null))
    return refuse('engine.unsupported-language', {
      params: { engine: engine.name, language },
      remedies: ['choose-another-language', 'choose-another-engine'],
    })
  const wanted = direction.instruct.value
  const instruct = wanted !== null && followsInstruct(engine, voice, wanted) ? wanted : null
  const asked = {
    engineId,
    engineVersion: engine.version,
    text,
    language,
    voice: { voiceId: voice.voiceId, source: voice.source },
    mode: modeOf(voice, language, instruct),
    instruct,
    speed: engine.speed && clamp(direction.speed.value ?? 1, engine.speed),
    pitchSemitones: engine.pitchSemitones && clamp(direction.pitchSemitones.value ?? 0, engine.pitchSemitones),
    seed: engine.honoursSeed ? (direction.seed.value ?? 0) : null,
    sampleRateHz: project.settings.sampleRateHz,
  }
  return { ok: true, request: { ...asked, takeKey: takeKeyOf(asked) }, leftOut: leftOutOf(direction, engine, voice) }
}

/** Whether an engine can be asked to speak with a voice. */
export const speaksWith = (engine: EngineCapabilities, { source }: Pick<Voice, 'source'>): boolean => {
  if (engine.speaksForAnyVoice) return true
  if (source.kind === 'presetSpeaker') return source.engineId === engine.engineId
  return engine.modes.includes('zeroShot')
}

const baseLanguage = (tag: string): string => tag.toLowerCase().split('-')[0] ?? tag

/** A recording goes on in the language that it is in; in another one, or without its words, only its sound is taken over. */
const modeOf = ({ source, language: home }: Voice, language: string | null, instruct: string | null): VoiceMode => {
  if (source.kind === 'presetSpeaker') return 'presetSpeaker'
  if (instruct !== null) return 'instruct'
  const isAtHome = home === null || language === null || baseLanguage(home) === baseLanguage(language)
  return source.promptText !== '' && isAtHome ? 'zeroShot' : 'crossLingual'
}

export type RenderPlanItem = { lineId: LineId; request: RenderRequest; leftOut: readonly RenderWarning[] }
export type RenderPlan = {
  /** Lines to speak, in the order given: those without a take, or with a take of something else. */
  items: RenderPlanItem[]
  /** Lines that already play what they say. */
  readyLineIds: LineId[]
  /** Lines that cannot be spoken as they stand. Empty lines are not among them: they are simply silent. */
  refused: { lineId: LineId; error: AppErrorData }[]
}

/** Only what is missing or stale; an unchanged line costs nothing. */
export const planRender = (
  project: Project,
  lines: readonly Line[],
  takes: TakesByLine,
  world: RenderWorld,
  requestOf: (project: Project, line: Line, world: RenderWorld) => LineRequest = requestForLine,
): RenderPlan => {
  const plan: RenderPlan = { items: [], readyLineIds: [], refused: [] }
  for (const line of lines) {
    const asked = requestOf(project, line, world)
    if (!asked.ok) {
      if (asked.error.code !== 'engine.nothing-to-say') plan.refused.push({ lineId: line.lineId, error: asked.error })
      continue
    }
    const { request, leftOut } = asked
    const ofLine = takes.get(line.lineId)
    const matching: Take | undefined = playingTake(ofLine, { takeId: null }, request.takeKey)
    if (lineSound(matching, request.takeKey) === 'ready') plan.readyLineIds.push(line.lineId)
    else plan.items.push({ lineId: line.lineId, request, leftOut })
  }
  return plan
}
