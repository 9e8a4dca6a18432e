import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** How a server treats requests for a file. Without any of these it is well-behaved: ranges, an ETag, true sizes. */
export type Manners = {
  /** Sends the whole file, whatever was asked for. */
  ignoresRange?: boolean
  /** Ends the connection after so many bytes of an answer. */
  dropsAfterBytes?: number
  /** Stops sending after so many bytes of an answer and keeps the connection. */
  hangsAfterBytes?: number
  /** Answers of the first requests: a status, and what goes with it. */
  firstAnswers?: { status: number; headers?: Record<string, string> }[]
  /** Answer of every request. */
  status?: number
  /** Sends the file compressed, asked or not. */
  isCompressed?: boolean
  /** Says that the file is that long. */
  statedBytes?: number
  /** Says that it sends this much more than it does. */
  excessBytes?: number
  /** The ETag of each next answer; the last one stays. Null: none. */
  etags?: (string | null)[]
  /** Has no ETag but this date. */
  lastModified?: string
  /** Does not look at If-Range. */
  ignoresIfRange?: boolean
  /** Sends bytes from another place than those asked for, after the first. */
  shiftsBytes?: number
  /** Sends whoever asks for the file to this address. */
  location?: string
  /** Holds its answers from the second on back until so many are waiting. */
  gathers?: number
  /** Sends no length. */
  isChunked?: boolean
}

export type SeenRequest = {
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly acceptEncoding: string | undefined
  status: number
  sentBytes: number
}

export type ModelServer = AsyncDisposable & {
  readonly url: string
  readonly host: string
  readonly requests: SeenRequest[]
  /** The most answers that were on their way at one time. */
  mostAtOnce(): number
  put(path: string, content: Uint8Array, manners?: Manners): void
}

type Served = { content: Uint8Array; manners: Manners; answered: number; held: (() => void)[] }

/** A real server on this machine that behaves as badly as it is told. */
export const startModelServer = async (): Promise<ModelServer> => {
  const files = new Map<string, Served>()
  const requests: SeenRequest[] = []
  const sockets = new Set<Socket>()
  let atOnce = 0
  let mostAtOnce = 0

  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://server').pathname)
    const seen: SeenRequest = {
      path,
      range: request.headers.range,
      ifRange: headerOf(request, 'if-range'),
      acceptEncoding: headerOf(request, 'accept-encoding'),
      status: 0,
      sentBytes: 0,
    }
    requests.push(seen)
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    response.on('close', () => {
      atOnce -= 1
    })
    const served = files.get(path)
    if (!served) end(response, seen, 404)
    else inCompany(served, () => answer(request, response, served, seen))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    mostAtOnce: () => mostAtOnce,
    put: (path, content, manners = {}) => {
      files.set(path, { content, manners, answered: 0, held: [] })
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const inCompany = ({ manners: { gathers = 0 }, answered, held }: Served, answerNow: () => void): void => {
  if (answered === 0 || answered > gathers) {
    answerNow()
    return
  }
  held.push(answerNow)
  if (held.length === gathers) for (const one of held.splice(0)) one()
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value.join() : value
}

const end = (
  response: ServerResponse,
  seen: SeenRequest,
  status: number,
  headers: Record<string, string> = {},
): void => {
  seen.status = status
  response.writeHead(status, headers).end()
}

const answer = (request: IncomingMessage, response: ServerResponse, served: Served, seen: SeenRequest): void => {
  const { content, manners } = served
  const etag = etagOf(served)
  const first = manners.firstAnswers?.[served.answered]
  served.answered += 1
  const refusal =
    first ??
    (manners.status === undefined ? undefined : { status: manners.status }) ??
    (manners.location === undefined ? undefined : { status: 302, headers: { location: manners.location } })
  if (refusal) {
    end(response, seen, refusal.status, refusal.headers)
    return
  }

  const headers: Record<string, string | number> = { 'accept-ranges': 'bytes' }
  if (etag !== undefined) headers.etag = etag
  if (manners.lastModified !== undefined) headers['last-modified'] = manners.lastModified
  const version = etag ?? manners.lastModified
  const isOtherVersion = seen.ifRange !== undefined && seen.ifRange !== version && !manners.ignoresIfRange
  const range = manners.ignoresRange || isOtherVersion ? undefined : rangeOf(request, content.length)
  const totalBytes = manners.statedBytes ?? content.length
  if (range && range.fromByte >= content.length) {
    end(response, seen, 416, { 'content-range': `bytes */${content.length}` })
    return
  }
  const { fromByte, toByte } = range ?? { fromByte: 0, toByte: content.length }
  const shift = fromByte > 0 ? (manners.shiftsBytes ?? 0) : 0
  if (range) headers['content-range'] = `bytes ${fromByte + shift}-${toByte + shift - 1}/${totalBytes}`
  let body = content.subarray(fromByte + shift, toByte + shift)
  if (manners.isCompressed) {
    headers['content-encoding'] = 'gzip'
    body = gzipSync(body)
  }
  const statedLength = range ? body.length : (manners.statedBytes ?? body.length)
  if (!manners.isChunked) headers['content-length'] = statedLength + (manners.excessBytes ?? 0)
  seen.status = range ? 206 : 200
  response.writeHead(seen.status, headers)

  const limit = manners.dropsAfterBytes ?? manners.hangsAfterBytes
  const sent = limit === undefined ? body : body.subarray(0, limit)
  seen.sentBytes = sent.length
  const isCut =
    manners.excessBytes !== undefined || (manners.dropsAfterBytes !== undefined && sent.length < body.length)
  if (isCut) response.write(sent, () => response.socket?.end())
  else if (manners.hangsAfterBytes !== undefined && sent.length < body.length) response.write(sent)
  else response.end(sent)
}

const etagOf = ({ manners, answered, content }: Served): string | undefined => {
  if (manners.lastModified !== undefined) return undefined
  const { etags } = manners
  const etag = etags
    ? etags[Math.min(answered, etags.length - 1)]
    : `"${createHash('sha256').update(content).digest('hex')}"`
  return etag ?? undefined
}

const rangeOf = (request: IncomingMessage, sizeBytes: number): { fromByte: number; toByte: number } | undefined => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined) return undefined
  return { fromByte: Number(first), toByte: last ? Math.min(sizeBytes, Number(last) + 1) : sizeBytes }
}
