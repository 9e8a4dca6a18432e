// Resolves `electron` to the host for import, require, import() and the inspector's require, which Playwright uses.
import { registerHooks } from 'node:module'

const isUtility = process.env.COSY_HOST_ROLE === 'utility'
const url = new URL(isUtility ? './electron-utility.ts' : './electron.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'electron' || specifier.startsWith('electron/'))
      return { url, format: 'module-typescript', shortCircuit: true }
    return nextResolve(specifier, context)
  },
})
