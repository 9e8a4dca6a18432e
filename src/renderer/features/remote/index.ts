export * from './remote-engines.tsx'
export * from './sending-dialog.tsx'
export * from './usage-table.tsx'
