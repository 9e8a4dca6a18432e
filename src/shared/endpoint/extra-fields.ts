import { z } from 'zod'

/** What the app says of every line itself: said here, every line would be the same one. */
export const OWN_FIELDS: readonly string[] = ['input', 'model', 'voice']
const LONGEST = 10_000

/** Fields of a request that the app knows nothing of, as the server wants them. */
export const extraFieldsSchema = z
  .record(z.string().min(1).max(200), z.json())
  .refine((fields) => OWN_FIELDS.every((field) => !Object.hasOwn(fields, field)), {
    error: `may not hold ${OWN_FIELDS.join(', ')}: the app says them of every line`,
  })
  .refine((fields) => JSON.stringify(fields).length <= LONGEST, { error: `is longer than ${LONGEST} characters` })
export type ExtraFields = z.output<typeof extraFieldsSchema>

/** What a person typed in place of fields. Nothing typed is no fields. */
export type ExtraRead =
  | { readonly ok: true; readonly fields: ExtraFields | undefined }
  | { readonly ok: false; readonly problem: 'no-object' | 'own-field' | 'too-long' }

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is no object either.
    return undefined
  }
}

/** Reads fields as a JSON object. */
export const readExtraFields = (text: string): ExtraRead => {
  if (text.trim() === '') return { ok: true, fields: undefined }
  const value = parsedJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, problem: 'no-object' }
  if (OWN_FIELDS.some((field) => Object.hasOwn(value, field))) return { ok: false, problem: 'own-field' }
  const { data } = extraFieldsSchema.safeParse(value)
  if (!data) return { ok: false, problem: 'too-long' }
  return { ok: true, fields: Object.keys(data).length === 0 ? undefined : data }
}
