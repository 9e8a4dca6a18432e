import { type ScriptRow, useSlice, useStudio } from '../../state/index.ts'

/** Rows of the list as it is filtered now; the same array for as long as nothing moved. */
export const useScriptRows = (): readonly ScriptRow[] => useSlice(useStudio().rows, (rows) => rows)
