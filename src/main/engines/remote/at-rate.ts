import { concatFloat32, createResampler } from '../../../shared/audio/index.ts'
import { createPcmAssembler } from '../../remote/index.ts'

/** The samples of a WAV of ours at another rate. @param wav 16 bits, mono */
export const atRate = (
  wav: Uint8Array<ArrayBuffer>,
  toHz: number,
): { readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number } => {
  const assembler = createPcmAssembler(toHz)
  const pcm = assembler.push(wav)
  const resampler = createResampler(assembler.sampleRateHz, toHz)
  return { pcm: concatFloat32([resampler.push(pcm), resampler.flush()]), sampleRateHz: toHz }
}
