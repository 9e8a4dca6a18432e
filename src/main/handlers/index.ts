export { createHandlers, type HandlersDeps } from './create-handlers.ts'
export * from './serve-contract.ts'
