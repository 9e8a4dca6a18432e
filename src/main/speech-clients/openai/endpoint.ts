import {
  BEARER,
  type KeyHeader,
  OPENAI_PROFILES,
  type OpenAiProfile,
  type OpenAiProfileId,
} from '../../../shared/endpoint/index.ts'
import type { Clock } from '../../clock/index.ts'
import { ownReason, RemoteFailure, type Wire } from '../../remote/index.ts'
import { httpAddress } from '../address.ts'

export type OpenAiEndpoint = {
  /** What comes before `/audio/speech`: with OpenAI's own path it ends in `/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  /** Where the key goes; left out: `Authorization: Bearer`. */
  readonly keyHeader?: KeyHeader
  readonly profile: OpenAiProfileId
  /** What raw samples are to be taken for; of the profile where it is not said. */
  readonly sampleRateHz?: number
  /** The most text of one request, counted as the profile counts; of the profile where it is not said. */
  readonly mostText?: number
  /** Directions are sent to a server of which it is not known whether it takes them. */
  readonly takesInstructions?: boolean
  /** Fields that are added to what is asked, or replace them. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** What every function over such an endpoint needs. */
export type OpenAiDeps = { readonly wire: Wire; readonly clock: Clock; readonly endpoint: OpenAiEndpoint }

export const profileOf = ({ profile }: OpenAiEndpoint): OpenAiProfile => OPENAI_PROFILES[profile]

/** @param path without a slash before it @throws RemoteFailure `bad-request` for what is no address */
export const addressOf = ({ baseUrl }: OpenAiEndpoint, path: string): string => httpAddress(baseUrl, `/${path}`)

/** Characters that a header can hold: of any other, the error of the header would say the key. */
const KEY = /^[\x21-\x7e]+$/

/** @throws RemoteFailure `auth` for a key that no header can hold */
export const authorizationOf = ({ apiKey, keyHeader = BEARER }: OpenAiEndpoint): Record<string, string> => {
  if (apiKey === undefined || apiKey === '') return {}
  if (!KEY.test(apiKey)) throw new RemoteFailure('auth', ownReason('key-invalid'))
  const { name, scheme } = keyHeader
  return { [name.toLowerCase()]: scheme === null ? apiKey : `${scheme} ${apiKey}` }
}
