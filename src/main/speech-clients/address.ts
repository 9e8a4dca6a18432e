import { ownReason, RemoteFailure } from '../remote/index.ts'

const HTTP: Readonly<Record<string, string>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
}
const SOCKET: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }

const addressOf = (base: string, path: string, schemes: Readonly<Record<string, string>>): string => {
  const trimmed = base.trim()
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined
  const scheme = url && schemes[url.protocol]
  // A name and password in the address would be written down wherever the address is.
  if (!url || !scheme || url.username !== '' || url.password !== '')
    throw new RemoteFailure('bad-request', ownReason('address-invalid'))
  return `${scheme}//${url.host}${url.pathname.replace(/\/+$/, '')}${path}`
}

/**
 * Address below the one a person gave: slashes at its end go, the rest of its path stays.
 * @param path begins with a slash
 * @throws RemoteFailure `bad-request` for what is no http or ws address
 */
export const httpAddress = (base: string, path: string): string => addressOf(base, path, HTTP)

/** The same for a WebSocket. */
export const socketAddress = (base: string, path: string): string => addressOf(base, path, SOCKET)
