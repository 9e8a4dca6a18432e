import { type IncomingHttpHeaders, request, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { makeDeferred } from './deferred.ts'
import type { ProtocolHandler } from './host.ts'
import { startProtocolServer } from './protocol-server.ts'
import type { ReceivedHeaders } from './session.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

type Got = { status: number | undefined; headers: IncomingHttpHeaders; body: string }

/** A server for app://, and a way to ask it as Chromium does: by host name. */
const serve = async (handler: ProtocolHandler, extra: Record<string, string> = {}) => {
  const warnings: string[] = []
  const received: ReceivedHeaders[] = []
  const { server, port } = await startProtocolServer({
    schemes: new Map([['app', { handler }]]),
    filterHeaders: async (details) => {
      received.push(details)
      return { ...details.responseHeaders, ...Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, [v]])) }
    },
    warn: (message) => warnings.push(message),
  })
  servers.push(server)
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Got> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ port, path, method, headers: { host: 'main.app.localhost', ...headers } })
      outgoing.on('error', reject)
      outgoing.on('response', async (response) =>
        resolve({ status: response.statusCode, headers: response.headers, body: await text(response) }),
      )
      outgoing.end(body)
    })
  return { get, warnings, received }
}

describe('protocol server', () => {
  it('shows handlers the addresses of the app', async () => {
    const { get } = await serve(async (incoming) =>
      Response.json([
        incoming.method,
        incoming.url,
        ...['referer', 'origin', 'host'].map((k) => incoming.headers.get(k)),
      ]),
    )
    const { body } = await get('/take/1?x', {
      referer: 'http://main.app.localhost/index.html',
      origin: 'http://main.app.localhost',
    })
    expect(JSON.parse(body)).toEqual(['GET', 'app://main/take/1?x', 'app://main/index.html', 'app://main', null])
  })

  it('hands on Range and what the handler answers', async () => {
    const { get } = await serve(
      (incoming) =>
        new Response(incoming.headers.get('range'), { status: 206, headers: { 'content-range': 'bytes 1-2/10' } }),
    )
    expect(await get('/', { range: 'bytes=1-2' })).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 1-2/10' },
      body: 'bytes=1-2',
    })
  })

  it('warns when media would be refused by Electron', async () => {
    const { get, warnings } = await serve(() => new Response('all of it'))
    await get('/a.wav', { range: 'bytes=0-', 'sec-fetch-dest': 'audio' })
    expect(warnings).toEqual([expect.stringContaining('app://main/a.wav')])
    await get('/a.wav', { range: 'bytes=0-', 'sec-fetch-dest': 'empty' })
    expect(warnings).toHaveLength(1)
  })

  it('lets onHeadersReceived change headers and rewrites scheme sources of policies', async () => {
    const { get, received } = await serve(() => new Response('', { headers: { 'x-own': '1' } }), {
      'Content-Security-Policy': "default-src 'self' app:",
    })
    const { headers } = await get('/', { 'sec-fetch-dest': 'document' })
    expect(headers).toMatchObject({
      'x-own': '1',
      'content-security-policy': "default-src 'self' app: http://*.app.localhost",
    })
    expect(received[0]).toMatchObject({ url: 'app://main/', resourceType: 'mainFrame', statusCode: 200 })
  })

  it('carries request bodies', async () => {
    const { get } = await serve(async (incoming) => new Response(`got ${await incoming.text()}`))
    expect((await get('/', {}, 'POST', '书')).body).toBe('got 书')
  })

  it('sends no body for HEAD', async () => {
    const { get } = await serve(() => new Response('body', { headers: { 'content-length': '4' } }))
    expect(await get('/', {}, 'HEAD')).toMatchObject({ headers: { 'content-length': '4' }, body: '' })
  })

  it('answers 500 when the handler throws and 502 for hosts nobody handles', async () => {
    const { get, warnings } = await serve(() => {
      throw new Error('broken')
    })
    expect((await get('/')).status).toBe(500)
    expect(warnings).toEqual([expect.stringContaining('broken')])
    expect((await get('/', { host: 'elsewhere.localhost' })).status).toBe(502)
  })

  it('aborts the request when the page stops reading', async () => {
    const asked = makeDeferred()
    const aborted = makeDeferred()
    const { get } = await serve((incoming) => {
      incoming.signal.addEventListener('abort', () => aborted.resolve())
      asked.resolve()
      return new Promise(() => {})
    })
    const answer = get('/')
    await asked.promise
    for (const server of servers) server.closeAllConnections()
    await expect(answer).rejects.toThrow()
    await aborted.promise
  })
})
