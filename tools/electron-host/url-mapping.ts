// Chromium cannot navigate to a scheme it does not know, so app://main/x is shown as http://main.app.localhost/x.
// Chromium resolves *.app.localhost to the host's loopback server: a secure context whose origin has no port and stays
// the same between runs.

/** Names of the registered schemes; a Map or a Set will do. */
export type SchemeNames = { has(name: string): boolean; keys(): IterableIterator<string> }

/** The address Chromium loads for an address the app knows. Foreign addresses stay as they are. */
export function toPageUrl(url: string, schemes: SchemeNames): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(url)
  const scheme = match?.[1]?.toLowerCase()
  if (!match || !scheme || !schemes.has(scheme)) return url
  return `http://${match[2] || 'default'}.${scheme}.localhost${match[3] || '/'}`
}

/** The address the app knows for one Chromium loaded: the inverse of {@link toPageUrl}. */
export function toAppUrl(url: string, schemes: SchemeNames): string {
  const match = /^http:\/\/([^/?#]+)\.([a-z][a-z0-9+-]*)\.localhost(?::\d+)?(.*)$/i.exec(url)
  const scheme = match?.[2]
  if (!match || !scheme || !schemes.has(scheme)) return url
  return `${scheme}://${match[1]}${match[3]}`
}

/** A Content-Security-Policy whose `app:` sources mean what Chromium sees, before and after its redirect. */
export function toPageCsp(policy: string, schemes: SchemeNames): string {
  let result = policy
  for (const scheme of schemes.keys())
    result = result.replace(new RegExp(`(^|[\\s;])${scheme}:(?=[\\s;]|$)`, 'g'), `$& http://*.${scheme}.localhost`)
  return result
}

/** `app://main` of `app://main/script?x`; URL.origin says 'null' for schemes it does not know. */
export const originOf = (url: string): string => /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0] ?? 'null'
