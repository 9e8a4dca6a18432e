export * from './graph-builder.ts'
export * from './tensor-type.ts'
export * from './write-graph.ts'
