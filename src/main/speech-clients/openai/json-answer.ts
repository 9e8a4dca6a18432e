import type { z } from 'zod'
import { ownReason, RemoteFailure, type WireRequest } from '../../remote/index.ts'
import { addressOf, authorizationOf, type OpenAiDeps } from './endpoint.ts'
import { createRefusals } from './refusal.ts'

const MAX_ANSWER_BYTES = 256 * 1024 * 1024

/**
 * A request that is answered with JSON, once.
 * @param texts that the server may repeat, and nobody is to read in an error
 * @throws RemoteFailure of an error, whatever its status; `protocol` for what is not what such servers answer; AppCancel
 */
export const askJson = async <Output>(
  deps: OpenAiDeps,
  request: Omit<WireRequest, 'url'> & { readonly path: string },
  schema: z.ZodType<Output>,
  { signal, texts = [] }: { readonly signal: AbortSignal; readonly texts?: readonly string[] },
): Promise<Output> => {
  const { path, headers, ...rest } = request
  const answer = await deps.wire.ask(
    { ...rest, url: addressOf(deps.endpoint, path), headers: { ...authorizationOf(deps.endpoint), ...headers } },
    signal,
  )
  const refusals = createRefusals(deps, texts)
  if (answer.status < 200 || answer.status >= 300) throw await refusals.ofAnswer(answer)
  const decoder = new TextDecoder()
  let [body, sizeBytes] = ['', 0]
  for await (const piece of answer.pieces()) {
    body += decoder.decode(piece, { stream: true })
    sizeBytes += piece.length
    if (sizeBytes > MAX_ANSWER_BYTES) throw new RemoteFailure('protocol', ownReason('endless'))
  }
  const parsed = schema.safeParse(jsonOf(body))
  if (parsed.success) return parsed.data
  throw refusals.ofBody(answer, body)
}

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    // Not JSON: then no schema fits it.
    return undefined
  }
}
