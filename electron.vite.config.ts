import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

export default defineConfig({
  main: {
    build: {
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          index: 'src/main/index.ts',
          cli: 'src/main/cli/cli.ts',
          'engine-worker': 'src/main/engines/engine-worker.ts',
          'export-worker': 'src/main/export/export-worker.ts',
          'model-worker': 'src/main/models/model-worker.ts',
          'playback-worker': 'src/main/playback/playback-worker.ts',
        },
      },
    },
  },
  preload: {
    // A sandboxed preload must be one CommonJS file.
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: { plugins: [react()] },
})
