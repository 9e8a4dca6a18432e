export * from './serve-worker.ts'
export * from './spawn.ts'
export * from './spawn-node.ts'
export * from './worker-client.ts'
