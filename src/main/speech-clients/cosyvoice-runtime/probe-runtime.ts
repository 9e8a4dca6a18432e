import { z } from 'zod'
import type { Clock } from '../../clock/index.ts'
import { ownReason, RemoteFailure, type Wire } from '../../remote/index.ts'
import { httpAddress } from '../address.ts'
import { isSuccess, keysIn, parsedJson, refusalOf } from '../server-words.ts'
import type { RuntimeEndpoint } from './runtime-client.ts'
import type { RuntimeRoute } from './runtime-request.ts'

const ROUTES: readonly RuntimeRoute[] = [
  'inference_sft',
  'inference_zero_shot',
  'inference_cross_lingual',
  'inference_instruct',
  'inference_instruct2',
]
const openApiSchema = z.object({ paths: z.record(z.string(), z.unknown()) })

/**
 * Whether a runtime is there, by the description that FastAPI gives of itself.
 *
 * @returns the routes that it has: older ones lack `inference_instruct2`. Which model it runs it does not say.
 * @throws RemoteFailure `protocol` where something else answers; AppCancel
 */
export const probeRuntime = async (
  { wire, clock, endpoint }: { readonly wire: Wire; readonly clock: Clock; readonly endpoint: RuntimeEndpoint },
  signal: AbortSignal,
): Promise<readonly RuntimeRoute[]> => {
  const answer = await wire.ask(
    {
      url: httpAddress(endpoint.baseUrl, '/openapi.json'),
      headers: endpoint.headers ?? {},
      patience: { headMs: 10_000, idleMs: 10_000, totalMs: 20_000 },
    },
    signal,
  )
  if (!isSuccess(answer))
    throw await refusalOf(answer, { keys: keysIn(endpoint.headers), texts: [] }, clock.nowEpochMs())
  const parsed = openApiSchema.safeParse(parsedJson(await answer.text())?.value)
  const routes = ROUTES.filter((route) => parsed.success && Object.hasOwn(parsed.data.paths, `/${route}`))
  if (routes.length === 0) throw new RemoteFailure('protocol', ownReason('no-runtime'))
  return routes
}
