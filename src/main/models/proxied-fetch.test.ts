import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { startModelServer } from '../../../test/support/model-server.ts'
import { silentLog } from '../log/index.ts'
import { fetchAsEnvironmentSays } from './proxied-fetch.ts'

/** A proxy that knows one server, whatever host it is asked for. */
const startProxy = async (port: number): Promise<AsyncDisposable & { url: string; asked: string[] }> => {
  const asked: string[] = []
  const sockets: Duplex[] = []
  const proxy: Server = createServer().on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket)
      socket.pipe(onward)
    })
    sockets.push(onward, socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

test('a proxy of the environment is used, save for hosts that are named', async () => {
  await using server = await startModelServer()
  server.put('/vocab.json', new TextEncoder().encode('hello'))
  await using proxy = await startProxy(Number(new URL(server.url).port))
  const proxied = fetchAsEnvironmentSays({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, silentLog)
  expect(await (await proxied('http://models.example/vocab.json', {})).text()).toBe('hello')
  expect(await (await proxied(`${server.url}/vocab.json`, {})).text()).toBe('hello')
  expect(proxy.asked).toEqual(['models.example:80'])
})

test('without a proxy nothing is changed', () => {
  expect(fetchAsEnvironmentSays({ HTTPS_PROXY: '', PATH: '/bin' }, silentLog)).toBe(fetch)
})

test('a proxy that is none is said, without the address', async () => {
  const proxied = fetchAsEnvironmentSays({ HTTPS_PROXY: 'me:secret' }, silentLog)
  await expect(proxied('https://models.example/vocab.json', {})).rejects.toMatchObject({
    code: 'model.download-failed',
    params: { file: 'models.example', reason: 'HTTPS_PROXY names no proxy' },
  })
})
