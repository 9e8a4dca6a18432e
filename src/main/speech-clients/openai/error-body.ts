import { z } from 'zod'

/** What an error body says, of whatever shape it is. */
export type ErrorBody = {
  readonly message: string
  /** Names it gives the error: OpenAI's `code` and `type`. */
  readonly names: readonly string[]
  /** A number for it: a status, or a code of the vendor's own. */
  readonly number: number | null
  /** It was JSON of a shape that errors have, and no page of a gateway. */
  readonly isShaped: boolean
}

const text = z.string().catch('')
const codeSchema = z.union([z.string(), z.number()]).nullish().catch(undefined)
const detailSchema = z.object({
  loc: z.array(z.union([z.string(), z.number()])).catch([]),
  msg: text,
  type: text,
})
const shapeSchema = z.object({
  error: z
    .union([z.string(), z.object({ message: text, type: text, code: codeSchema }), z.null()])
    .optional()
    .catch(undefined),
  message: z.string().optional().catch(undefined),
  detail: z
    .union([z.string(), z.array(detailSchema), z.record(z.string(), z.unknown())])
    .nullish()
    .catch(undefined),
  code: codeSchema,
  type: text.optional(),
})

const nameOf = (code: z.output<typeof codeSchema>): string[] =>
  typeof code === 'string' && code !== '' && !/^\d+$/.test(code) ? [code] : []
const numberOf = (code: z.output<typeof codeSchema>): number | null =>
  typeof code === 'number' || (typeof code === 'string' && /^\d+$/.test(code)) ? Number(code) : null

/** `prompt_wav: Field required`: where, without the part of the request that all have in common. */
const detailText = ({ loc, msg }: z.output<typeof detailSchema>): string =>
  [loc.filter((step) => step !== 'body').join('.'), msg].filter((part) => part !== '').join(': ')

const ofShape = (value: unknown): ErrorBody | undefined => {
  if (typeof value === 'string') return { message: value, names: [], number: null, isShaped: true }
  const parsed = shapeSchema.safeParse(value)
  if (!parsed.success) return undefined
  const { error, message, detail, code, type } = parsed.data
  const ofCode = { names: [...nameOf(code), ...nameOf(type)], number: numberOf(code), isShaped: true }
  if (typeof error === 'string')
    return message === undefined
      ? { ...ofCode, message: error }
      : { ...ofCode, message, names: [...ofCode.names, error] }
  if (error)
    return {
      message: error.message,
      names: [...nameOf(error.code), ...nameOf(error.type)],
      number: numberOf(error.code) ?? ofCode.number,
      isShaped: true,
    }
  if (typeof detail === 'string') return { ...ofCode, message: detail }
  if (Array.isArray(detail))
    return { ...ofCode, message: detail.map(detailText).join('; '), names: detail.map(({ type: name }) => name) }
  if (message !== undefined) return { ...ofCode, message }
  // Some wrap what they have to say once more. Only once: the shape of what is inside has no detail left.
  return detail ? ofShape({ ...detail, detail: undefined }) : undefined
}

const parsedJson = (body: string): { readonly value: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(body)
    return { value }
  } catch {
    // Not JSON: then it is read as text.
    return undefined
  }
}

/** Reads JSON of the shapes that such servers answer errors in; other JSON, text and pages are taken as they are. */
export const readErrorBody = (body: string): ErrorBody => {
  const json = parsedJson(body)
  return json ? readErrorValue(json.value) : { message: body, names: [], number: null, isShaped: false }
}

const written = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    // Nested deeper than can be written: nothing that a person would read.
    return ''
  }
}

/** The same of what is parsed already. */
export const readErrorValue = (value: unknown): ErrorBody =>
  ofShape(value) ?? { message: written(value), names: [], number: null, isShaped: false }
