/** What a server of the bench is told to say. */
export type Told = { readonly way: string; readonly lines: number; readonly pieces: number; readonly pauseMs: number }

/** A tenth of a second. */
export const PIECE_SAMPLES = 2400

/** 16-bit samples that say where they belong. */
export const sampleAt = (piece: number, at: number): number => 1 + ((at + 31 * piece) % 9973)
