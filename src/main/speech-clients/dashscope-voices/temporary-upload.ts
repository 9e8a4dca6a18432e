import { z } from 'zod'
import { type OwnReason, ownReason, RemoteFailure, withRetries } from '../../remote/index.ts'
import { askService, ENROLMENT_MODEL, type VoiceServiceDeps } from './voice-service.ts'

const policySchema = z.object({
  policy: z.string().min(1),
  signature: z.string().min(1),
  upload_dir: z.string().min(1),
  upload_host: z.url({ protocol: /^https?$/ }),
  max_file_size_mb: z.coerce.number().nullish().catch(null),
  oss_access_key_id: z.string().min(1),
  x_oss_object_acl: z.string(),
  x_oss_forbid_overwrite: z.coerce.string(),
})
type Policy = z.output<typeof policySchema>

const PATIENCE = { headMs: 120_000, idleMs: 30_000, totalMs: 300_000 }
const MOST_BYTES = 64 * 1024
const BYTES_PER_MB = 1_000_000

const protocol = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)

const askForPolicy = async (deps: VoiceServiceDeps, signal: AbortSignal): Promise<Policy> => {
  const { body } = await askService(deps, { get: { action: 'getPolicy', model: ENROLMENT_MODEL } }, signal)
  const policy = policySchema.safeParse(body.data)
  if (!policy.success)
    throw protocol(ownReason('answer-lacks', { field: policy.error.issues[0]?.path.join('.') || 'data' }))
  const isSafe = policy.data.upload_host.startsWith('https:') || !/^(https|wss):/i.test(deps.endpoint.baseUrl.trim())
  if (!isSafe) throw protocol(ownReason('upload-unsafe'))
  return policy.data
}

const FILE_NAME_LENGTH = 16
/** Says nothing of whose voice it is. Nothing may be written over, so each attempt has its own. */
const newFileName = (random: () => number): string =>
  `${Array.from({ length: FILE_NAME_LENGTH }, () => Math.floor(random() * 36).toString(36)).join('')}.wav`

const upload = async (
  { wire, random }: VoiceServiceDeps,
  policy: Policy,
  wav: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> => {
  const key = `${policy.upload_dir.replace(/\/+$/, '')}/${newFileName(random)}`
  const form = new FormData()
  form.set('OSSAccessKeyId', policy.oss_access_key_id)
  form.set('Signature', policy.signature)
  form.set('policy', policy.policy)
  form.set('x-oss-object-acl', policy.x_oss_object_acl)
  form.set('x-oss-forbid-overwrite', policy.x_oss_forbid_overwrite)
  form.set('key', key)
  form.set('success_action_status', '200')
  // What comes after the file is not read.
  form.set('file', new Blob([wav], { type: 'audio/wav' }), 'sample.wav')
  const answer = await wire.ask({ url: policy.upload_host, method: 'POST', body: form, patience: PATIENCE }, signal)
  await checkUpload(answer)
  return `oss://${key}`
}

const checkUpload = async (answer: Awaited<ReturnType<VoiceServiceDeps['wire']['ask']>>): Promise<void> => {
  const decoder = new TextDecoder()
  let body = ''
  for await (const piece of answer.pieces()) {
    body += decoder.decode(piece, { stream: true })
    if (body.length > MOST_BYTES) throw protocol(ownReason('endless'))
  }
  if (answer.status >= 200 && answer.status < 300) return
  const code = /<Code>([\w.]{1,100})<\/Code>/.exec(body)?.[1]
  throw new RemoteFailure(answer.status >= 500 ? 'unavailable' : 'bad-request', {
    ...ownReason('upload-refused', { detail: code ?? `HTTP ${answer.status}` }),
    httpStatus: answer.status,
    ...(code !== undefined && { code }),
  })
}

/**
 * Puts a sample where the service keeps files of an account for two days. It cannot be removed before: the upload is all that
 * its permit allows.
 * @returns its `oss://` address, which only the same account can use
 * @throws RemoteFailure; AppCancel
 * @source Alibaba Cloud Model Studio, upload a local file to obtain a temporary URL
 */
export const uploadTemporarily = async (
  deps: VoiceServiceDeps,
  wav: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> => {
  const policy = await withRetries(() => askForPolicy(deps, signal), deps, { signal })
  const limitMb = policy.max_file_size_mb ?? Number.POSITIVE_INFINITY
  if (wav.length > limitMb * BYTES_PER_MB)
    throw new RemoteFailure('bad-request', ownReason('recording-too-large', { limitMb }))
  return withRetries(() => upload(deps, policy, wav, signal), deps, { signal })
}
