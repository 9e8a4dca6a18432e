export * from './dashscope-client.ts'
export * from './dashscope-http-client.ts'
export type { DashscopeDeps, DashscopeEndpoint, DashscopeOddity } from './endpoint.ts'
export * from './temporary-key.ts'
