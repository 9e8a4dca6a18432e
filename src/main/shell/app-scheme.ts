import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { type TakeId, takeIdSchema } from '../../shared/kernel/index.ts'

/** Bytes that may be asked for in parts. */
export type RangedBytes = { sizeBytes: number; read(startByte: number, endByte: number): AsyncIterable<Uint8Array> }

export type AppSchemeDeps = {
  /** Folder of the built window; nothing outside it is ever served. */
  rendererDirectory: string
  /** Path of a take's WAV file, or undefined for an unknown take. */
  takePath(takeId: TakeId): string | undefined
  takePeaks(takeId: TakeId): Promise<Uint8Array> | undefined
  /** A mixdown that playback has announced, as a virtual WAV file. */
  mixWav(planId: string): RangedBytes | undefined
  /** Samples of what is played while it is rendered; the answer has no length and ends when they do. */
  mixStream(planId: string): AsyncIterable<Uint8Array> | undefined
  /** What a designed voice said, as a WAV. */
  voicePreview(previewId: string): Uint8Array<ArrayBuffer> | undefined
  /** In development the window's files come from here, unchecked: the dev server needs inline script to reload. */
  devServerUrl?: string | undefined
}

/** Everything the window may load comes from its own origin; no inline script or style, no plug-ins, no frames. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wav': 'audio/wav',
}

const BASE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

const refuse = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: { ...BASE_HEADERS, ...headers } })

/** Both ends inclusive; undefined where the header asks for something that is not there. */
const parseRange = (header: string, sizeBytes: number): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header)
  const [, first = '', last = ''] = match ?? []
  if (!match || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  return start <= end && start < sizeBytes ? { start, end } : undefined
}

const bodyOf = (bytes: AsyncIterable<Uint8Array>): ReadableStream =>
  Readable.toWeb(Readable.from(bytes, { objectMode: false })) as ReadableStream

const serveStream = (bytes: AsyncIterable<Uint8Array>): Response =>
  new Response(bodyOf(bytes), {
    headers: { ...BASE_HEADERS, 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
  })

/** Answers Range ourselves: Electron's media loader wants 206 for what it asks in parts. */
const serveRanged = (request: Request, bytes: RangedBytes, headers: Record<string, string>): Response => {
  const range = request.headers.get('range')
  const all = { ...BASE_HEADERS, ...headers, 'accept-ranges': 'bytes' }
  const body = (start: number, end: number): ReadableStream | null =>
    request.method === 'HEAD' || end < start ? null : bodyOf(bytes.read(start, end))
  if (range === null)
    return new Response(body(0, bytes.sizeBytes - 1), {
      status: 200,
      headers: { ...all, 'content-length': String(bytes.sizeBytes) },
    })
  const part = parseRange(range, bytes.sizeBytes)
  if (!part) return refuse(416, { 'content-range': `bytes */${bytes.sizeBytes}` })
  return new Response(body(part.start, part.end), {
    status: 206,
    headers: {
      ...all,
      'content-length': String(part.end - part.start + 1),
      'content-range': `bytes ${part.start}-${part.end}/${bytes.sizeBytes}`,
    },
  })
}

const serveFile = async (request: Request, file: string, headers: Record<string, string> = {}): Promise<Response> => {
  let sizeBytes: number
  try {
    const found = await stat(file)
    if (!found.isFile()) return refuse(404)
    sizeBytes = found.size
  } catch {
    // Whatever the reason, there is nothing here to serve; the window shows what it lacks.
    return refuse(404)
  }
  const contentType = CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream'
  return serveRanged(
    request,
    { sizeBytes, read: (start, end) => createReadStream(file, { start, end }) },
    { 'content-type': contentType, ...headers },
  )
}

const inMemory = (bytes: Uint8Array<ArrayBuffer>): RangedBytes => ({
  sizeBytes: bytes.length,
  async *read(start, end) {
    yield bytes.subarray(start, end + 1)
  },
})

/** Takes never change, so what was fetched once stays good. */
const IMMUTABLE = { 'cache-control': 'private, max-age=31536000, immutable' }

/**
 * Answers `app://main/...`: the window's files, `take/<takeId>`, `take/<takeId>/peaks`, `mix/<planId>`,
 * `mix/<planId>/stream` and `voice-preview/<previewId>`. Anything else, any other host, any other method and any path that
 * leaves the window's folder is refused.
 */
export const createAppScheme =
  (deps: AppSchemeDeps) =>
  async (request: Request): Promise<Response> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, { allow: 'GET, HEAD' })
    const url = new URL(request.url)
    if (url.host !== 'main') return refuse(404)
    let pathname: string
    try {
      pathname = decodeURIComponent(url.pathname)
    } catch {
      // Malformed percent-encoding names no file of ours.
      return refuse(400)
    }
    const [room, id = '', part, ...more] = pathname.slice(1).split('/')
    if (room === 'take') {
      const takeId = takeIdSchema.safeParse(id)
      if (!takeId.success || more.length > 0) return refuse(404)
      if (part === 'peaks') {
        const peaks = await deps.takePeaks(takeId.data)
        return peaks === undefined
          ? refuse(404)
          : new Response(new Uint8Array(peaks), {
              headers: { ...BASE_HEADERS, ...IMMUTABLE, 'content-type': 'application/octet-stream' },
            })
      }
      const file = part === undefined ? deps.takePath(takeId.data) : undefined
      return file === undefined ? refuse(404) : serveFile(request, file, IMMUTABLE)
    }
    if (room === 'mix' && part === 'stream') {
      const samples = more.length === 0 && request.method === 'GET' ? deps.mixStream(id) : undefined
      return samples === undefined ? refuse(404) : serveStream(samples)
    }
    if (room === 'mix') {
      const wav = part === undefined ? deps.mixWav(id) : undefined
      return wav === undefined ? refuse(404) : serveRanged(request, wav, { 'content-type': 'audio/wav' })
    }
    if (room === 'voice-preview') {
      const wav = part === undefined ? deps.voicePreview(id) : undefined
      if (wav === undefined) return refuse(404)
      return serveRanged(request, inMemory(wav), { ...IMMUTABLE, 'content-type': 'audio/wav' })
    }
    if (deps.devServerUrl) return fetch(new URL(url.pathname + url.search, deps.devServerUrl))
    const root = path.resolve(deps.rendererDirectory)
    const file = path.resolve(root, `.${pathname === '/' ? '/index.html' : pathname}`)
    if (pathname.includes('\0') || !file.startsWith(root + path.sep)) return refuse(404)
    return serveFile(request, file)
  }
