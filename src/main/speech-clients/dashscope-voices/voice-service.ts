import { z } from 'zod'
import { type DashscopeRegion, dashscopeAddresses } from '../../../shared/endpoint/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import {
  type OwnReason,
  ownReason,
  RemoteFailure,
  type RetryDeps,
  retryAfterMs,
  type Wire,
  type WireAnswer,
} from '../../remote/index.ts'
import { isSuccess } from '../server-words.ts'
import { failureOfRefusal } from './voice-failure.ts'

export type VoicesEndpoint = {
  /** `https://…` as the region has it, with the path of a gateway where there is one; the address of synthesis (`wss://…/api-ws/v1/inference`) is understood. */
  readonly baseUrl: string
  apiKey(signal: AbortSignal): Promise<string>
  /** Of a key that belongs to a workspace. */
  readonly workspaceId?: string | null
}

/** Where voices are asked for, and with what. */
export type VoiceServiceDeps = RetryDeps & { readonly wire: Wire; readonly endpoint: VoicesEndpoint }

/** What the service answered, parsed no further. */
export type ServiceAnswer = {
  readonly output: Readonly<Record<string, unknown>>
  /** The body itself, for what does not keep to `output`. */
  readonly body: Readonly<Record<string, unknown>>
  readonly requestId: string | null
}

/** Not the model that a voice is made for, but the one that makes voices. */
export const ENROLMENT_MODEL = 'voice-enrollment'
const PATIENCE = { headMs: 60_000, idleMs: 30_000, totalMs: 180_000 }
/** Minutes of a preview, in base64. */
const MOST_BYTES = 32 * 1024 * 1024

const unusable = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)

/** @throws RemoteFailure `bad-request` */
const addressesOf = ({ baseUrl }: VoicesEndpoint): { readonly customization: string; readonly uploads: string } => {
  const addresses = dashscopeAddresses(baseUrl)
  if (!addresses) throw new RemoteFailure('bad-request', ownReason('address-invalid'))
  const { customization, tokens } = addresses
  return { customization, uploads: new URL('uploads', tokens).href }
}

/** Undefined for gateways and whatever else has no region in its name. */
export const regionOf = (endpoint: VoicesEndpoint): DashscopeRegion | undefined => {
  const { hostname } = new URL(addressesOf(endpoint).customization)
  if (hostname === 'dashscope.aliyuncs.com' || hostname.endsWith('.cn-beijing.maas.aliyuncs.com')) return 'cn'
  if (hostname === 'dashscope-intl.aliyuncs.com' || hostname.endsWith('.ap-southeast-1.maas.aliyuncs.com'))
    return 'intl'
  return undefined
}

const shortText = z
  .string()
  .transform((text) => text.slice(0, 500))
  .nullish()
  .catch(null)
const bodySchema = z.looseObject({
  code: shortText,
  message: shortText,
  request_id: shortText,
  output: z.record(z.string(), z.unknown()).nullish(),
})

const textOf = async (answer: WireAnswer): Promise<string> => {
  const decoder = new TextDecoder()
  let [text, sizeBytes] = ['', 0]
  for await (const piece of answer.pieces()) {
    sizeBytes += piece.length
    if (sizeBytes > MOST_BYTES) throw unusable(ownReason('endless'))
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What it is instead is told from the status.
    return undefined
  }
}

/** @throws RemoteFailure where the body names an error, whatever the status; where the status is one; `protocol` for what is no answer at all */
const readAnswer = async (
  answer: WireAnswer,
  { nowEpochMs, secrets }: { nowEpochMs: number; secrets: readonly string[] },
): Promise<ServiceAnswer> => {
  const body = bodySchema.safeParse(parsedJson(await textOf(answer)))
  const { code, message, request_id, output } = body.data ?? {}
  const refusal = {
    status: answer.status,
    code: code || null,
    message: message ?? '',
    requestId: request_id ?? answer.header('x-request-id'),
    retryAfterMs: retryAfterMs(answer.header('retry-after'), nowEpochMs),
  }
  if (code || answer.status >= 400) throw failureOfRefusal(refusal, secrets)
  if (!body.success || !isSuccess(answer))
    throw new RemoteFailure('protocol', {
      ...ownReason('answer-unreadable'),
      httpStatus: answer.status,
    })
  return { output: output ?? {}, body: body.data, requestId: refusal.requestId }
}

/** @throws RemoteFailure `auth` for what cannot stand in a header: named by the system it would be repeated */
const headersOf = async (
  { apiKey, workspaceId }: VoicesEndpoint,
  signal: AbortSignal,
): Promise<{ key: string; headers: Record<string, string> }> => {
  const key = (await apiKey(signal)).trim()
  if (!/^[\x21-\x7e]+$/.test(key)) throw new RemoteFailure('auth', ownReason(key === '' ? 'no-key' : 'key-invalid'))
  if (workspaceId && !/^[\x21-\x7e]+$/.test(workspaceId))
    throw new RemoteFailure('auth', ownReason('workspace-invalid'))
  return {
    key,
    headers: { authorization: `Bearer ${key}`, ...(workspaceId && { 'x-dashscope-workspace': workspaceId }) },
  }
}

type Asked =
  | {
      readonly action: string
      readonly input: Readonly<Record<string, unknown>>
      readonly parameters?: Readonly<Record<string, unknown>>
      /** What the service may repeat, and nobody is to read in an error. */
      readonly secrets?: readonly string[]
    }
  /** What is asked about uploads. */
  | { readonly get: Readonly<Record<string, string>> }

/**
 * One request, once.
 * @throws RemoteFailure, `bad-request` for an endpoint without a usable address; AppCancel
 */
export const askService = async (
  { wire, clock, endpoint }: VoiceServiceDeps,
  asked: Asked,
  signal: AbortSignal,
): Promise<ServiceAnswer> => {
  const addresses = addressesOf(endpoint)
  const { key, headers } = await headersOf(endpoint, signal)
  if (signal.aborted) throw new AppCancel()
  if ('get' in asked) {
    const answer = await wire.ask(
      { url: `${addresses.uploads}?${new URLSearchParams(asked.get)}`, headers, patience: PATIENCE },
      signal,
    )
    return readAnswer(answer, { nowEpochMs: clock.nowEpochMs(), secrets: [key] })
  }
  const { action, input, parameters, secrets = [] } = asked
  const isStored = typeof input.url === 'string' && input.url.startsWith('oss://')
  const answer = await wire.ask(
    {
      url: addresses.customization,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        ...(isStored && { 'x-dashscope-ossresourceresolve': 'enable' }),
      },
      body: JSON.stringify({ model: ENROLMENT_MODEL, input: { action, ...input }, ...(parameters && { parameters }) }),
      patience: PATIENCE,
    },
    signal,
  )
  return readAnswer(answer, { nowEpochMs: clock.nowEpochMs(), secrets: [key, ...secrets] })
}
