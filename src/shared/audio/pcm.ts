/** Mono PCM, f32 in [-1, 1], handed on at once. The rate is known from context (the engine's or the take's). */
export type PcmBlock = Float32Array<ArrayBuffer>
