import { z } from 'zod'
import { appErrorDataSchema, lineIdSchema, projectIdSchema, sampleCountSchema, takeIdSchema } from '../kernel/index.ts'

/**
 * What is being played: a project's arrangement, one take by itself, or one line by itself: its take, or what it says now
 * while that is rendered.
 */
export const playbackSubjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('project'), projectId: projectIdSchema }),
  z.object({ kind: z.literal('take'), takeId: takeIdSchema }),
  z.object({ kind: z.literal('line'), projectId: projectIdSchema, lineId: lineIdSchema }),
])
export type PlaybackSubject = z.output<typeof playbackSubjectSchema>

export const audioOutputKindSchema = z.enum(['portaudio', 'web'])
export type AudioOutputKind = z.output<typeof audioOutputKindSchema>

/**
 * Where playback stands. A position is an anchor: it was at `positionSamples` at `atEpochMs`, and moves on from there at
 * `sampleRateHz` while `isPlaying` and not `isWaiting`; windows extrapolate.
 */
export const playbackStateSchema = z.object({
  subject: playbackSubjectSchema.nullable(),
  isPlaying: z.boolean(),
  /** It plays what is not rendered yet: the sound stands still, and goes on by itself. */
  isWaiting: z.boolean(),
  positionSamples: sampleCountSchema,
  atEpochMs: z.number().nonnegative(),
  sampleRateHz: z.number().int().positive(),
  /** null until all of it is rendered. */
  durationSamples: sampleCountSchema.nullable(),
  output: z.object({
    kind: audioOutputKindSchema,
    deviceName: z.string(),
    /** Why the output is not the one the settings ask for; null when it is. */
    fallback: appErrorDataSchema.nullable(),
  }),
  /** Why playback stopped by itself before its end (a take is missing, no output works); null after the next command. */
  failure: appErrorDataSchema.nullable(),
})
export type PlaybackState = z.output<typeof playbackStateSchema>

/** Where an anchor says playback is at a moment, in samples. */
export const playbackPositionAt = (
  state: Pick<
    PlaybackState,
    'isPlaying' | 'isWaiting' | 'positionSamples' | 'atEpochMs' | 'sampleRateHz' | 'durationSamples'
  >,
  nowEpochMs: number,
): number => {
  if (!state.isPlaying || state.isWaiting) return state.positionSamples
  const elapsedMs = Math.max(0, nowEpochMs - state.atEpochMs)
  const reachedSamples = state.positionSamples + Math.floor((elapsedMs * state.sampleRateHz) / 1000)
  return Math.max(state.positionSamples, Math.min(reachedSamples, state.durationSamples ?? reachedSamples))
}

export const audioDeviceSchema = z.object({
  /** Stable within one run: PortAudio's device index as text, or the browser's device id. */
  deviceId: z.string(),
  name: z.string(),
  output: audioOutputKindSchema,
  isDefault: z.boolean(),
})
export type AudioDevice = z.output<typeof audioDeviceSchema>
