export * from '../../src/main/cosyvoice/trace/npy.ts'
