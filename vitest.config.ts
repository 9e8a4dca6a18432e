import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    testTimeout: 20_000,
    // Two cores are the least that the suite is run on; the preset would leave one of them idle there.
    maxWorkers: 2,
  },
})
