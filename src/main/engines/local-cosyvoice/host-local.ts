import { z } from 'zod'
import type { GraphPlacementView } from '../../../shared/device/index.ts'
import { engineDescriptionSchema } from '../engine-messages.ts'
import type { HostedEngine } from '../engine-worker-methods.ts'
import { LocalEngine } from './local-engine.ts'
import { localSetupSchema } from './local-setup.ts'

/** What the local engine's process is told of it. */
const hostedLocalSchema = z.object({ description: engineDescriptionSchema, setup: localSetupSchema })

/** The local engine in the engine's process. */
export const createHostedLocal = (input: unknown): HostedEngine => {
  const { description, setup } = hostedLocalSchema.parse(input)
  const engine = new LocalEngine({ description, setup, onProblem: (error) => process.emitWarning(String(error)) })
  return Object.assign(engine, {
    placements: async (): Promise<GraphPlacementView[]> =>
      Object.entries(await engine.devices()).map(([graph, { provider, reason, refusal }]) => ({
        graph,
        provider,
        reason,
        refusal: refusal ?? null,
      })),
  })
}
