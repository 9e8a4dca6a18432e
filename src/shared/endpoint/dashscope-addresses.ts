/** Where the API of a DashScope endpoint is. */
export type DashscopeAddresses = {
  readonly webSocket: string
  /** Synthesis by requests. */
  readonly speech: string
  /** Temporary keys. */
  readonly tokens: string
  /** Enrolment, design and listing of voices. */
  readonly customization: string
}

const PROTOCOLS: Readonly<Record<string, { readonly http: string; readonly webSocket: string }>> = {
  'http:': { http: 'http:', webSocket: 'ws:' },
  'ws:': { http: 'http:', webSocket: 'ws:' },
  'https:': { http: 'https:', webSocket: 'wss:' },
  'wss:': { http: 'https:', webSocket: 'wss:' },
}
const API_PATH = /\/(api-ws|api)\/v1(\/.*)?$/

/**
 * Addresses of the API at an endpoint, whichever of them it was given as; a path before the API is kept, a user, a password and
 * a query are not.
 * @returns undefined for what is no http(s) or ws(s) address
 * @source Alibaba Cloud Model Studio, CosyVoice WebSocket API and HTTP API
 */
export const dashscopeAddresses = (baseUrl: string): DashscopeAddresses | undefined => {
  if (!URL.canParse(baseUrl)) return undefined
  const { protocol, host, pathname } = new URL(baseUrl)
  const protocols = PROTOCOLS[protocol]
  if (!protocols) return undefined
  const prefix = pathname.replace(/\/+$/, '').replace(API_PATH, '')
  const api = `${protocols.http}//${host}${prefix}/api/v1`
  return {
    webSocket: `${protocols.webSocket}//${host}${prefix}/api-ws/v1/inference`,
    speech: `${api}/services/audio/tts/SpeechSynthesizer`,
    tokens: `${api}/tokens`,
    customization: `${api}/services/audio/tts/customization`,
  }
}

/** Mainland China, or Singapore. Voices, models and keys are of one of them. */
export type DashscopeRegion = 'cn' | 'intl'

/** Endpoints of everybody; a workspace has its own. */
export const DASHSCOPE_BASE_URLS: Readonly<Record<DashscopeRegion, string>> = {
  cn: 'https://dashscope.aliyuncs.com',
  intl: 'https://dashscope-intl.aliyuncs.com',
}
