import { type GraphBuilder, NONE, type Value } from '../onnx/index.ts'

/** Cosines and sines [positions, size / 2] of rotary embedding, angle = position · θ^(−2i / size). */
export const rotaryTables = (g: GraphBuilder, name: string, positions: number, size: number, theta: number) => {
  const half = size / 2
  const dims = [positions, half]
  const [cosines = NONE, sines = NONE]: readonly Value[] = g.weights(
    [
      { name: `${name}.cosines`, type: 'float32', dims },
      { name: `${name}.sines`, type: 'float32', dims },
    ],
    async () => {
      const cos = new Float32Array(positions * half)
      const sin = new Float32Array(positions * half)
      for (let index = 0; index < half; index++) {
        // The frequency is rounded to float32 first, as the reference keeps it.
        const frequency = Math.fround(theta ** ((-2 * index) / size))
        for (let position = 0; position < positions; position++) {
          const angle = Math.fround(position * frequency)
          cos[position * half + index] = Math.cos(angle)
          sin[position * half + index] = Math.sin(angle)
        }
      }
      return [cos, sin]
    },
  )
  return { cosines, sines }
}
