export * from './node-av.ts'
