const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const LONGEST_READABLE = 24
const CHANCE_LETTERS = 6

/**
 * A name for a voice that services with narrow rules take as well, and that no other voice is likely to have: the beginning of
 * its name as far as that is made of digits and Latin letters, then six characters of chance (31 bits).
 * @param random uniform in [0, 1)
 */
export const voiceSlug = (name: string, random: () => number): string => {
  const readable = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, LONGEST_READABLE)
    .replace(/-$/, '')
  const chance = Array.from({ length: CHANCE_LETTERS }, () => ALPHABET[Math.floor(random() * ALPHABET.length)])
  return `${readable || 'voice'}-${chance.join('')}`
}
