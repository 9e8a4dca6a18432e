/** The first part of a language tag. @param tag BCP 47 */
export const primaryLanguage = (tag: string): string => tag.toLowerCase().split(/[-_]/)[0] ?? ''

/** Whether a line is in another language than the recording that it is to sound like. @param recorded null: nobody knows */
export const isOtherLanguage = (asked: string | null, recorded: string | null): boolean =>
  asked !== null && recorded !== null && primaryLanguage(asked) !== primaryLanguage(recorded)
