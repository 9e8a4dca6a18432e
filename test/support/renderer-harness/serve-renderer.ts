import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import react from '@vitejs/plugin-react'
import { build, preview } from 'vite'
import { int16Wav } from '../../../src/shared/audio/index.ts'

const root = path.resolve(import.meta.dirname, '../../..')
/** As the shell sets it for the real window, with what the page itself may do. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"

const RATE_HZ = 24_000
const PREVIEW_SEC = 3.2
/** What designed voices say here: a tone. */
const PREVIEW = int16Wav(
  Float32Array.from({ length: PREVIEW_SEC * RATE_HZ }, (_none, at) => 0.2 * Math.sin(at / 12)),
  RATE_HZ,
)

/** Builds the window with an in-memory contract in place of main and serves it. @returns its address and the way to stop */
export const serveRenderer = async (): Promise<{ url: string; close(): Promise<void> }> => {
  const outDir = mkdtempSync(path.join(tmpdir(), 'cosy-window-'))
  const entry = path.join(root, 'test/support/renderer-harness/entry.ts')
  await build({
    configFile: false,
    root: path.join(root, 'src/renderer'),
    logLevel: 'warn',
    plugins: [
      react(),
      {
        name: 'harness',
        transformIndexHtml: {
          order: 'pre',
          handler: (html) => html.replace('./main.tsx', '/harness-entry.ts'),
        },
        resolveId: (id) => (id === '/harness-entry.ts' ? '\0harness-entry.ts' : undefined),
        load: (id) =>
          id === '\0harness-entry.ts'
            ? `import ${JSON.stringify(entry)}\nimport ${JSON.stringify(path.join(root, 'src/renderer/main.tsx'))}`
            : undefined,
      },
    ],
    build: { outDir, emptyOutDir: true, minify: true },
  })
  const server = await preview({
    configFile: false,
    root: path.join(root, 'src/renderer'),
    logLevel: 'warn',
    build: { outDir },
    plugins: [
      {
        name: 'voice-preview',
        configurePreviewServer: ({ middlewares }) => {
          middlewares.use('/voice-preview', (_request, response) => {
            response.setHeader('Content-Type', 'audio/wav')
            response.end(PREVIEW)
          })
        },
      },
    ],
    preview: { port: 0, host: '127.0.0.1', headers: { 'Content-Security-Policy': POLICY } },
  })
  const [url] = server.resolvedUrls?.local ?? []
  if (!url) throw new Error('the preview server has no address')
  return { url, close: () => server.close() }
}
