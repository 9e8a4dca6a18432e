import { AppError } from '../../../shared/kernel/index.ts'
import { isSsml, parseSsml, textOfNodes } from './parse-ssml.ts'
import { ssmlParts } from './ssml-parts.ts'

/**
 * What of a line a service counts: of SSML no tags, and nothing where it cannot be read, since it is not sent then.
 * @param readsSsml whether the service reads SSML with the line's voice
 */
export const billedTexts = (text: string, readsSsml: boolean): readonly string[] => {
  if (!isSsml(text)) return [text]
  try {
    if (readsSsml) return [textOfNodes(parseSsml(text))]
    return ssmlParts(text).parts.flatMap((part) => (part.kind === 'speech' ? [part.text] : []))
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}
