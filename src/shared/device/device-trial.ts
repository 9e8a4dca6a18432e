import { z } from 'zod'
import { appErrorDataSchema } from '../kernel/index.ts'
import { providerSchema } from './provider.ts'

/** Where one graph of a model runs, and why there. */
export const graphPlacementSchema = z.object({
  graph: z.string(),
  provider: providerSchema,
  reason: z.enum(['always-processor', 'made-for-processor', 'wished', 'proved', 'slower', 'unproved']),
  refusal: appErrorDataSchema.nullable(),
})
export type GraphPlacementView = z.output<typeof graphPlacementSchema>

/** What a model was measured to do on this computer, by speaking a sentence. */
export const deviceTrialSchema = z.object({
  modelId: z.string(),
  placements: z.array(graphPlacementSchema).readonly(),
  durationSec: z.number(),
  tookSec: z.number(),
  /** Synthesis seconds ÷ audio seconds; below 1 is faster than real time. */
  rtf: z.number(),
  /** From asking to the first sample. */
  firstAudioSec: z.number(),
  /** Loading all that a line needs. */
  loadSec: z.number(),
  /** Of the process that computes, at its fullest. */
  peakMemoryBytes: z.number(),
  triedAtEpochMs: z.number(),
})
export type DeviceTrial = z.output<typeof deviceTrialSchema>
