/** What the host does behind the scenes, for its own developers: shown when COSY_HOST_DEBUG is set. */
export function logDebug(...words: unknown[]): void {
  if (process.env.COSY_HOST_DEBUG) console.error('[host]', ...words)
}

/** What a developer of the app should know. */
export function warn(message: string): void {
  process.stderr.write(`[host] ${message}\n`)
}

/** Milestones of the start with their time, shown when COSY_HOST_TRACE is set. */
export function trace(milestone: string): void {
  if (process.env.COSY_HOST_TRACE) process.stderr.write(`[host] ${milestone} ${Math.round(performance.now())} ms\n`)
}
