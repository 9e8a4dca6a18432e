// The scripts installed in every page: one half of contextBridge in the page's world, the other half, ipcRenderer and
// the preload script in a real isolated world.
import { readFileSync } from 'node:fs'
import { makeCodec } from './codec.ts'
import { makePageBridge } from './page-bridge.ts'
import type { PageConfig } from './page-messages.ts'
import { makePreloadEmitter } from './preload-emitter.ts'
import { makePreloadRuntime } from './preload-runtime.ts'

/** Name of the isolated world, the one Electron gives it. */
export const PRELOAD_WORLD = 'Electron Isolated Context'

/** Global function of the preload world that the host calls with its messages. */
export const RECEIVE_FUNCTION = '__cosyHostReceive'

const PLACEHOLDER_PREFIX = 'data:text/html;cosy-host='

/** What a headed window shows before the app's first address: no page of the app, so it gets no preload. */
export const placeholderUrl = (windowId: number): string => `${PLACEHOLDER_PREFIX}${windowId},`

export const isPlaceholder = (url: string): boolean =>
  url === '' || url === 'about:blank' || url.startsWith(PLACEHOLDER_PREFIX)

export const pageWorldSource = (config: PageConfig): string =>
  `(${makePageBridge})(${JSON.stringify(config.bridgeChannel)}, 'page', 'preload')`

export function preloadWorldSource(config: PageConfig, preloadFile: string | undefined): string {
  const name = preloadFile ?? 'preload'
  // The preload is CommonJS and sees Electron's sandboxed scope, not the runtime around it.
  return `(() => {
if (window !== window.top || location.protocol === 'data:') return
const post = globalThis[${JSON.stringify(config.binding)}]
const config = ${JSON.stringify(config)}
const bridge = (${makePageBridge})(config.bridgeChannel, 'preload', 'page')
const runtime = (${makePreloadRuntime})(config, (${makeCodec})(), bridge, (${makePreloadEmitter})(), (text) => post(text))
globalThis[${JSON.stringify(RECEIVE_FUNCTION)}] = runtime.receive
const module = { exports: {} }
try {
(function (require, module, exports, process, global) {
${preloadFile ? readFileSync(preloadFile, 'utf8') : ''}
}).call(undefined, runtime.require, module, module.exports, runtime.process, globalThis)
} catch (error) {
  console.error(${JSON.stringify(`Unable to load preload script: ${name}`)}, error)
  runtime.fail(error)
}
})()
//# sourceURL=${name}`
}
