export * from './read-script.ts'
export * from './script-file.ts'
export { type DecodedScript, readScriptText, type ScriptTextOptions } from './script-text.ts'
