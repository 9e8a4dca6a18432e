/** Text that matches is said in other words. */
export type SpokenRule = {
  /** Global; groups by name. */
  pattern: RegExp
  /** Undefined leaves the text as it is. */
  say: (groups: Readonly<Record<string, string | undefined>>, matched: string) => string | undefined
}

/** Digits with or without commas between thousands, and a decimal part. */
export const NUMBER = '(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?'

/** What stands between the ends of a range; − is a minus. */
export const DASH = '[-~～〜–—]'

/** Applies rules one after the other: the first that matches a place has it, since what is said holds no digits. */
export const applyRules = (text: string, rules: readonly SpokenRule[]): string =>
  rules.reduce(
    (spoken, { pattern, say }) =>
      spoken.replace(pattern, (matched: string, ...rest: unknown[]) => {
        const groups = rest.at(-1)
        return say(isGroups(groups) ? groups : {}, matched) ?? matched
      }),
    text,
  )

const isGroups = (value: unknown): value is Record<string, string | undefined> =>
  typeof value === 'object' && value !== null
