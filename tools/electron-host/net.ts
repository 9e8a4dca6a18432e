import { host } from './host.ts'
import { throwNotEmulated } from './not-emulated.ts'

export const net = {
  /** Custom schemes are answered by their handlers, http(s) by Node. */
  async fetch(input: string | Request, init: RequestInit = {}): Promise<Response> {
    const url = typeof input === 'string' ? input : input.url
    const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
    const handler = host.schemes.get(scheme)?.handler
    if (handler) return handler(new Request(input, init))
    if (scheme === 'file') throwNotEmulated('net.fetch of file: addresses')
    return fetch(input, init)
  },
  isOnline: (): boolean => true,
  online: true,
  request: (): never => throwNotEmulated('net.request'),
}
