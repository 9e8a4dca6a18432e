import type { ScriptCommands } from './script-commands.ts'
import { useStudio } from './use-studio.ts'

export const useScriptCommands = (): ScriptCommands => useStudio().commands
