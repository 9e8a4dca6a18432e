// The loopback server behind protocol.handle: Chromium asks it over HTTP what a handler answers for app://.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Scheme } from './host.ts'
import type { ReceivedHeaders } from './session.ts'
import { originOf, toAppUrl, toPageCsp } from './url-mapping.ts'

export type ProtocolServerOptions = {
  schemes: ReadonlyMap<string, Scheme>
  /** session.webRequest.onHeadersReceived: the headers to send instead. */
  filterHeaders(received: ReceivedHeaders): Promise<Record<string, string[]>>
  warn(message: string): void
}

const RESOURCE_TYPES: Record<string, ReceivedHeaders['resourceType']> = {
  document: 'mainFrame',
  audio: 'media',
  video: 'media',
  image: 'image',
  script: 'script',
  style: 'stylesheet',
}

/** Listens on a free port of the loopback interface; does not keep the process alive. */
export async function startProtocolServer(options: ProtocolServerOptions): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.warn(`${request.url}: ${error instanceof Error ? error.stack : error}`)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return { server, port: (server.address() as AddressInfo).port }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ProtocolServerOptions,
): Promise<void> {
  const { schemes, filterHeaders, warn } = options
  const url = toAppUrl(`http://${incoming.headers.host}${incoming.url}`, schemes)
  const handler = schemes.get(url.slice(0, url.indexOf(':')))?.handler
  if (!handler) {
    outgoing.writeHead(502).end(`no protocol handler for ${url}`)
    return
  }
  const request = toRequest(url, incoming, outgoing, schemes)
  const response = await handler(request)
  if (response.type === 'error') {
    outgoing.destroy()
    return
  }
  const destination = String(incoming.headers['sec-fetch-dest'] ?? '')
  const resourceType = RESOURCE_TYPES[destination] ?? 'xhr'
  if (resourceType === 'media' && request.headers.has('range') && response.status === 200)
    warn(`${url}: Electron's media loader rejects a media response that does not answer Range with 206`)

  const responseHeaders = await filterHeaders({
    url,
    method: request.method,
    statusCode: response.status,
    responseHeaders: headersToRecord(response.headers),
    resourceType,
  })
  outgoing.writeHead(response.status, response.statusText, withPageCsp(responseHeaders, schemes))
  if (!response.body || request.method === 'HEAD') outgoing.end()
  // A listener who leaves is not an error: media elements stop reading whenever they like.
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing).catch(() => {})
}

/** What the handler sees: the app's addresses and no trace of HTTP. */
function toRequest(
  url: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  schemes: ReadonlyMap<string, Scheme>,
): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || name === 'host' || name === 'connection') continue
    const text = Array.isArray(value) ? value.join(', ') : value
    if (name === 'origin') headers.set(name, originOf(toAppUrl(`${text}/`, schemes)))
    else headers.set(name, name === 'referer' ? toAppUrl(text, schemes) : text)
  }
  const abort = new AbortController()
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) abort.abort()
  })
  const { method = 'GET' } = incoming
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as BodyInit)
  return new Request(url, {
    method,
    headers,
    signal: abort.signal,
    body,
    ...(body && { duplex: 'half' }),
  } as RequestInit)
}

function headersToRecord(headers: Headers): Record<string, string[]> {
  const record: Record<string, string[]> = {}
  for (const [name, value] of headers) record[name] = name === 'set-cookie' ? headers.getSetCookie() : [value]
  return record
}

function withPageCsp(
  headers: Record<string, string | string[]>,
  schemes: ReadonlyMap<string, Scheme>,
): Record<string, string[]> {
  const result: Record<string, string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    const isPolicy = /^content-security-policy/i.test(name)
    result[name] = [value].flat().map((text) => (isPolicy ? toPageCsp(text, schemes) : text))
  }
  return result
}
