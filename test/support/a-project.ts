import {
  type ChapterId,
  type CharacterId,
  type EngineId,
  type LineId,
  type OrderKey,
  orderKeysBetween,
  type ProjectId,
  type TakeId,
  type TrackId,
  type VoiceId,
} from '../../src/shared/kernel/index.ts'
import {
  type Chapter,
  type Character,
  INHERIT,
  type Line,
  type Project,
  type ProjectSettings,
  projectFromRecords,
  type Track,
} from '../../src/shared/project/index.ts'
import { type EngineCapabilities, type RenderWorld, requestForLine, type Take } from '../../src/shared/render/index.ts'
import type { Voice } from '../../src/shared/voice/index.ts'

export const anEngineId = (name: string) => name as EngineId
export const aLineId = (name: string | number) => `line_${name}` as LineId
export const aChapterId = (name: string | number) => `chapter_${name}` as ChapterId
export const aCharacterId = (name: string) => `character_${name}` as CharacterId
export const aTakeId = (name: string) => `take_${name}` as TakeId
export const aTrackId = (name: string) => `track_${name}` as TrackId
export const aVoiceId = (name: string) => `voice_${name}` as VoiceId
const at = (keys: readonly OrderKey[], index: number): OrderKey => keys[index] ?? ('a0' as OrderKey)

/** A counting id source: the same ids in every run. */
export const countingMint = (prefix = ''): (() => string) => {
  let count = 0
  return () => `${prefix}${++count}`
}

export const theSettings = (patch: Partial<ProjectSettings> = {}): ProjectSettings => ({
  kind: 'project',
  projectId: 'project_p' as ProjectId,
  title: 'Night boat',
  author: '',
  album: '',
  sampleRateHz: 24000,
  pauses: { linePauseSec: 0.35, paragraphPauseSec: 0.7, chapterPauseSec: 1.5 },
  direction: INHERIT,
  narratorId: aCharacterId('narrator'),
  scriptTail: '\n',
  createdAtEpochMs: 1_000,
  ...patch,
})

export const aLine = (name: string | number, order: OrderKey, patch: Partial<Line> = {}): Line => ({
  kind: 'line',
  lineId: aLineId(name),
  chapterId: aChapterId(1),
  order,
  characterId: aCharacterId('narrator'),
  text: `Line ${name}.`,
  spokenText: null,
  startsParagraph: false,
  direction: INHERIT,
  pauseAfterSec: null,
  takeId: null,
  layout: null,
  ...patch,
})

/** A project of one narrator, `chapters` chapters and `lines` lines dealt evenly over them, named 1, 2, 3 ... */
export const aProject = ({ lines = 3, chapters = 1, settings = {} as Partial<ProjectSettings> } = {}): Project => {
  const chapterKeys = orderKeysBetween(null, null, chapters)
  const lineKeys = orderKeysBetween(null, null, lines)
  const narrator: Character = {
    kind: 'character',
    characterId: aCharacterId('narrator'),
    order: at(chapterKeys, 0),
    name: 'Narrator',
    colorIndex: 0,
    direction: INHERIT,
  }
  const track: Track = {
    kind: 'track',
    trackId: aTrackId('narrator'),
    order: at(chapterKeys, 0),
    name: 'Narrator',
    characterId: narrator.characterId,
    gainDb: 0,
    pan: 0,
    isMuted: false,
    isSolo: false,
  }
  return projectFromRecords([
    theSettings(settings),
    ...chapterKeys.map(
      (order, index): Chapter => ({
        kind: 'chapter',
        chapterId: aChapterId(index + 1),
        order,
        title: `Chapter ${index + 1}`,
        direction: INHERIT,
        layout: null,
      }),
    ),
    narrator,
    track,
    ...lineKeys.map((order, index) =>
      aLine(index + 1, order, { chapterId: aChapterId(1 + Math.floor((index * chapters) / lines)) }),
    ),
  ])
}

export const anEngine = (patch: Partial<EngineCapabilities> = {}): EngineCapabilities => ({
  engineId: anEngineId('tone'),
  version: '1',
  name: 'Tone',
  isDraft: false,
  isRemote: false,
  needsEnrolment: false,
  modes: ['presetSpeaker'],
  languages: [],
  sampleRateHz: 24000,
  streaming: true,
  speaksForAnyVoice: false,
  honoursInstruct: false,
  instructSpeakers: null,
  instructs: [],
  honoursSeed: false,
  speed: { min: 0.5, max: 2 },
  pitchSemitones: null,
  concurrency: 1,
  unavailable: null,
  ...patch,
})

export const aVoice = (name: string, patch: Partial<Voice> = {}): Voice => ({
  voiceId: aVoiceId(name),
  name,
  source: { kind: 'presetSpeaker', engineId: anEngineId('tone'), speaker: name },
  language: null,
  gender: 'neutral',
  notes: '',
  createdAtEpochMs: 0,
  ...patch,
})

export const aWorld = (
  engine = anEngine(),
  voices: readonly Voice[] = [aVoice('low'), aVoice('high')],
): RenderWorld => ({
  engines: new Map([[engine.engineId, engine]]),
  voices: new Map(voices.map((voice) => [voice.voiceId, voice])),
  enrolments: new Map(),
  defaultEngineId: engine.engineId,
  defaultVoiceId: voices[0]?.voiceId ?? aVoiceId('none'),
})

/** A take of what the line says in this world. */
export const aTakeOf = (project: Project, line: Line, world: RenderWorld, durationSamples: number): Take => {
  const asked = requestForLine(project, line, world)
  if (!asked.ok) throw new Error(`this line cannot be spoken: ${asked.error.code}`)
  const { request } = asked
  return {
    takeId: aTakeId(`${line.lineId.slice(5)}-${request.takeKey.slice(0, 8)}`),
    takeKey: request.takeKey,
    projectId: project.settings.projectId,
    lineId: line.lineId,
    engineId: request.engineId,
    voiceId: request.voice.voiceId,
    sampleRateHz: request.sampleRateHz,
    durationSamples,
    warnings: [],
    createdAtEpochMs: 0,
  }
}
