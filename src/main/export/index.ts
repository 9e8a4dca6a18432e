export { checkExportSettings } from './check-settings.ts'
export { type ExportMixOptions, exportMix } from './export-client.ts'
export type { ExportProgress } from './export-messages.ts'
export { exportFileNames, safeFileName } from './file-name.ts'
