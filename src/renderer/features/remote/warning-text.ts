import { catalogues, type MessageKey, type Translator } from '../../../shared/i18n/index.ts'
import type { RenderWarning } from '../../../shared/render/index.ts'

const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(catalogues.en, key)

/** What an engine did not honour of a request, as a person reads it; what a service said itself stands as it is. */
export const warningText = (t: Translator['t'], { field, reason }: RenderWarning): string => {
  const fieldKey = `warning.field.${field}`
  const name = isMessageKey(fieldKey) ? t(fieldKey) : field
  const reasonKey = `warning.reason.${reason}`
  return isMessageKey(reasonKey) ? t(reasonKey, { field: name }) : t('warning.other', { field: name, reason })
}
