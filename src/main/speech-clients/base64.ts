const FOREIGN = /[^A-Za-z0-9+/]/

/** Bytes of base64 that is whole; line breaks are allowed. @returns undefined where it is cut short or holds other signs */
export const decodeBase64 = (source: string): Uint8Array | undefined => {
  const signs = source.replace(/\s+/g, '')
  if (signs.length % 4 !== 0) return undefined
  const content = signs.endsWith('==') ? signs.slice(0, -2) : signs.endsWith('=') ? signs.slice(0, -1) : signs
  return FOREIGN.test(content) ? undefined : new Uint8Array(Buffer.from(signs, 'base64'))
}
