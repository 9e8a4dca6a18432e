/** A gateway before a server that has no keys of its own. */
export const gatewayHeaders = (key: string | undefined): { headers?: Record<string, string> } =>
  key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }
