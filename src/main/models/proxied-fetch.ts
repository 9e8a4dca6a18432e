import http from 'node:http'
import { AppError } from '../../shared/kernel/index.ts'
import type { Log } from '../log/index.ts'
import type { Fetch } from './ask-for-range.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']

/**
 * `fetch` through the proxy that the environment names: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as curl reads them.
 * Node asks no proxy by itself. It counts for the whole process.
 * @throws AppError `model.download-failed` where a variable holds no address
 * @source nodejs.org/api/http.html, http.setGlobalProxyFromEnv (from 24.14)
 */
export const fetchAsEnvironmentSays = (env: Environment, log: Log): Fetch => {
  const named = PROXY_VARIABLES.filter((name) => (env[name] ?? '') !== '')
  if (named.length === 0) return fetch
  if (!('setGlobalProxyFromEnv' in http)) {
    log('warn', 'this version of Node knows no proxies; downloads go without one', { variables: named })
    return fetch
  }
  try {
    http.setGlobalProxyFromEnv({ ...env })
  } catch (cause) {
    return async (url) => {
      throw new AppError('model.download-failed', {
        // The address itself may hold a password.
        params: { file: new URL(url).host, reason: `${named.join(' or ')} names no proxy` },
        cause,
      })
    }
  }
  return fetch
}
