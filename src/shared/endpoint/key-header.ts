import { z } from 'zod'

/** Headers that belong to the request itself. */
const OWN_HEADERS = /^(accept|accept-encoding|connection|content-.*|host|sec-.*|transfer-encoding|upgrade)$/i

/** The name of a header that a key may go in. */
export const headerNameSchema = z
  .string()
  .trim()
  .max(100)
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'is no name of a header' })
  .refine((name) => !OWN_HEADERS.test(name), { error: 'is a header of the request itself' })

/** The header that a key goes in, and the word before it; with `Basic` the key is `user:password`. */
export const keyHeaderSchema = z.object({ name: headerNameSchema, scheme: z.enum(['Bearer', 'Basic']).nullable() })
export type KeyHeader = z.output<typeof keyHeaderSchema>

/** As nearly everybody has it. */
export const BEARER: KeyHeader = { name: 'Authorization', scheme: 'Bearer' }
export const BASIC: KeyHeader = { name: 'Authorization', scheme: 'Basic' }

/** Kinds whose key may go elsewhere: servers of one's own, and gateways before them. */
export const KEY_HEADER_KINDS = ['openai', 'cosyvoice-server', 'cosyvoice-runtime'] as const
export const maySayKeyHeader = (kind: string): boolean => KEY_HEADER_KINDS.some((known) => known === kind)
