import { BEARER, type KeyHeader, type Member } from '../../../shared/endpoint/index.ts'

/** A key as it is sent. For `Basic` it is `user:password`; without a colon it is taken to be encoded already. */
const sentKey = (key: string, { scheme }: KeyHeader): string =>
  scheme === 'Basic' && key.includes(':') ? Buffer.from(key).toString('base64') : key

/** A gateway before a server that has no keys of its own. */
export const gatewayHeaders = (
  key: string | undefined,
  { keyHeader = BEARER }: Pick<Member, 'keyHeader'>,
): { headers?: Record<string, string> } => {
  if (key === undefined) return {}
  const { name, scheme } = keyHeader
  const sent = sentKey(key, keyHeader)
  return { headers: { [name.toLowerCase()]: scheme === null ? sent : `${scheme} ${sent}` } }
}

/** The key of an endpoint like OpenAI's, and where it goes. */
export const openAiKey = (
  key: string | undefined,
  { keyHeader = BEARER }: Pick<Member, 'keyHeader'>,
): { apiKey?: string; keyHeader?: KeyHeader } =>
  key === undefined ? {} : { apiKey: sentKey(key, keyHeader), keyHeader }
