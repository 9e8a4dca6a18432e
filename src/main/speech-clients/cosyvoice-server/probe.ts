import { z } from 'zod'
import { type OwnReason, ownReason, RemoteFailure } from '../../remote/index.ts'
import { askServer, jsonOf, type ServerAccess, type ServerGeneration } from './server-access.ts'

/** What stands behind an address. */
export type ProbedServer =
  | {
      readonly kind: 'supported'
      /** The best that can speak now. */
      readonly generation: ServerGeneration
      /** Whose routes exist. */
      readonly generations: readonly ServerGeneration[]
      /** As the server calls it; null where it hides its description. */
      readonly version: string | null
      /** For a person who knows the service. */
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'unsupported'; readonly why: OwnReason }

const PROBE_PATIENCE = { headMs: 5000, totalMs: 10_000 }

const modelSchema = z.object({ ready: z.boolean().catch(false) })
const releaseHealthSchema = z.object({ v2: modelSchema, v3: modelSchema })
const snapshotHealthSchema = z.object({ voice_manager_ready: z.boolean() })
const descriptionSchema = z.object({
  info: z.object({ version: z.string().nullable().catch(null) }).catch({ version: null }),
  paths: z.record(z.string(), z.unknown()),
})

const RELEASE_PATH = '/api/v3/voices/'
const SNAPSHOT_PATH = '/api/v1/cross-lingual/with-cache'

/** The JSON of a route that a server may not have. */
const jsonAt = async (access: ServerAccess, path: string, signal: AbortSignal): Promise<unknown> => {
  try {
    const answer = await askServer(access, { path, patience: PROBE_PATIENCE }, signal)
    return await jsonOf(answer)
  } catch (error) {
    const isRefused = error instanceof RemoteFailure && error.facts.httpStatus !== undefined
    if (!isRefused || error.failureClass === 'auth') throw error
    return undefined
  }
}

/**
 * Finds out which generation of the server an address belongs to.
 * @throws RemoteFailure where nobody answers, or a gateway wants a key; AppCancel
 * @source cosyvoice cloud-apis E.0
 */
export const probeServer = async (access: ServerAccess, signal: AbortSignal): Promise<ProbedServer> => {
  const health = await jsonAt(access, '/health', signal)
  const description = descriptionSchema.safeParse(await jsonAt(access, '/openapi.json', signal)).data
  const version = description?.info.version ?? null
  const has = (path: string): boolean => description === undefined || path in description.paths

  const release = releaseHealthSchema.safeParse(health).data
  if ((release || description) && has(RELEASE_PATH)) {
    const warnings: string[] = []
    if (!release) warnings.push('models-untold')
    else if (!release.v3.ready) warnings.push('v3-not-loaded')
    if (release && !release.v3.ready && !release.v2.ready) warnings.push('v2-not-loaded')
    const generation = release && !release.v3.ready ? 'v2' : 'v3'
    return { kind: 'supported', generation, generations: ['v1', 'v2', 'v3'], version, warnings }
  }
  const isSnapshot = snapshotHealthSchema.safeParse(health).success || description !== undefined
  if (isSnapshot && has(SNAPSHOT_PATH)) {
    const isReady = snapshotHealthSchema.safeParse(health).data?.voice_manager_ready
    const warnings = isReady === false ? ['v2-not-loaded'] : []
    return { kind: 'supported', generation: 'v1', generations: ['v1'], version, warnings }
  }
  return {
    kind: 'unsupported',
    why: description ? ownReason('server-version', { version: version ?? 'none' }) : ownReason('no-api-server'),
  }
}
