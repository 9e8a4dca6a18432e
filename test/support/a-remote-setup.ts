import type { RemoteSetup } from '../../src/main/engines/index.ts'
import { type Connection, remoteEngineSchema } from '../../src/shared/endpoint/index.ts'

/** An engine with one endpoint, `member_a`, that may be sent everything, and knows its speakers by their own names. */
export const aRemoteSetup = (
  connection: Connection,
  { baseUrl, key, concurrency = 1 }: { baseUrl: string; key: string; concurrency?: number },
  changes: Partial<RemoteSetup> = {},
): RemoteSetup => ({
  engine: remoteEngineSchema.parse({
    ...{ engineId: 'far-a', createdAtEpochMs: 0, name: 'Far', connection, voices: [], price: null, monthlyLimit: null },
    members: [{ memberId: 'member_a', baseUrl, concurrency, requestsPerSecond: null, isDraining: false }],
  }),
  keyOf: () => (key === '' ? undefined : key),
  keyMark: () => null,
  remoteVoice: ({ source }) => (source.kind === 'presetSpeaker' ? source.speaker : undefined),
  recordingOf: async () => undefined,
  languageOf: () => null,
  admit: () => undefined,
  ...changes,
})
