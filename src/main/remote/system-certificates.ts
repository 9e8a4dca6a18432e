import tls from 'node:tls'

/**
 * Trusts the authorities that the system trusts beside those that come with Node: a company's own servers have such. Reading
 * them takes a moment, so it is done when a certificate was refused, and once.
 * @returns whether there is anybody more to trust than before
 */
export const createSystemTrust = (systemCertificates: () => readonly string[]): (() => boolean) => {
  let isDone = false
  return () => {
    if (isDone) return false
    isDone = true
    const known = new Set(tls.getCACertificates('default'))
    const added = systemCertificates().filter((certificate) => !known.has(certificate))
    if (added.length > 0) tls.setDefaultCACertificates([...known, ...added])
    return added.length > 0
  }
}

export const readSystemCertificates = (): readonly string[] => tls.getCACertificates('system')
