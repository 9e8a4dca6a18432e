import { Buffer } from 'node:buffer'
import { ditherToInt16, type Random } from '../../shared/audio/index.ts'
import type { WavSettings } from './wav-header.ts'

const toInt24Bytes = (pcm: Float32Array): Buffer => {
  const bytes = Buffer.allocUnsafe(pcm.length * 3)
  for (let i = 0; i < pcm.length; i++) {
    const value = Math.max(-8388608, Math.min(8388607, Math.round((pcm[i] ?? 0) * 8388608)))
    bytes[i * 3] = value
    bytes[i * 3 + 1] = value >> 8
    bytes[i * 3 + 2] = value >> 16
  }
  return bytes
}

/**
 * PCM as the bytes of a WAV file, in this machine's order, which is little-endian wherever Electron runs. Integers
 * saturate beyond full scale; 16 bits are dithered, 24 bits lie below any audible noise and are rounded.
 */
export const toPcmBytes = (
  pcm: Float32Array,
  sampleFormat: WavSettings['sampleFormat'],
  random: Random,
): Uint8Array => {
  if (sampleFormat === 'int24') return toInt24Bytes(pcm)
  if (sampleFormat === 'float32') return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
  const values = new Int16Array(pcm.length)
  ditherToInt16(pcm, random, values)
  return new Uint8Array(values.buffer)
}
