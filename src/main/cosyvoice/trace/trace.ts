import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { readFloats, readNumbers, writeNpy } from './npy.ts'

/**
 * Every intermediate of a line, by name. A stage asks whether its result is given before it computes it, and records what it
 * goes on with; so any stage can be run on the values of a reference, and compared with them under the same names.
 *
 * | name | shape | what |
 * |---|---|---|
 * | `text` | [n] | text ids of the prompt and the line |
 * | `whisper_log_mel_128`, `kaldi_fbank_80_cmn` | [128, T], [T, 80] | what the prompt networks hear |
 * | `prompt_speech` | [n] | speech tokens before the line, for the language model |
 * | `prompt_token`, `prompt_feat`, `embedding` | [n], [frames, 80], [1, 192] | the prompt as the flow hears it |
 * | `forced` | [n] | only given: tokens that are spoken whatever the scores say |
 * | `llm_logits` | [steps, vocabulary] | scores behind the prompt and behind each of the first tokens |
 * | `token` | [n] | speech tokens of the line |
 * | `flow_mel` | [80, frames] | what the flow draws |
 * | `mel` | [80, frames] | what the vocoder hears |
 * | `hift_source` | [samples] | the excitation that the vocoder colours |
 * | `hift_wav` | [samples] | the samples |
 */
export interface Trace {
  /** Whether anybody wants what is recorded. */
  readonly isKept: boolean
  floats(name: string): Float32Array | undefined
  numbers(name: string): readonly number[] | undefined
  record(name: string, data: Float32Array | readonly number[], shape?: readonly number[]): void
}

/** Nothing given, nothing kept. */
export const NO_TRACE: Trace = { isKept: false, floats: () => undefined, numbers: () => undefined, record: () => {} }

/** Reads what is given as `<given>/<name>.npy` and writes what is recorded as `<kept>/<name>.npy`. */
export const folderTrace = ({ given, kept }: { given?: string | undefined; kept?: string | undefined }): Trace => {
  if (kept !== undefined) mkdirSync(kept, { recursive: true })
  const givenFile = (name: string): string | undefined => {
    const file = given === undefined ? undefined : path.join(given, `${name}.npy`)
    return file !== undefined && existsSync(file) ? file : undefined
  }
  return {
    isKept: kept !== undefined,
    floats: (name) => {
      const file = givenFile(name)
      return file === undefined ? undefined : readFloats(file).data
    },
    numbers: (name) => {
      const file = givenFile(name)
      return file === undefined ? undefined : readNumbers(file).data
    },
    record: (name, data, shape = [data.length]) => {
      if (kept !== undefined) writeNpy(path.join(kept, `${name}.npy`), data, shape)
    },
  }
}
