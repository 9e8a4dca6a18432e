import { buildGraph, encodeGraph, NONE } from '../onnx/index.ts'
import { float32Of, networkTensor, openNetworkFrom } from './sessions.ts'

const DEPTH = 64
const UINT8_MAX = 255
const INT8_MAX = 127

/** Whether some of the sums are off by more than a level of their inputs. */
export const isInexact = (sums: Float32Array, exact: number): boolean =>
  sums.some((sum) => !(Math.abs(sum - exact) <= exact / UINT8_MAX))

/**
 * Whether this processor loses part of large 8-bit products. Processors with AVX2 or AVX-512 but without VNNI add two
 * products in 16 bits, and 2 · 255 · 127 does not fit there; everything else (VNNI, AMX, ARM) adds in 32 bits. Asked by
 * doing: a product of the largest values, compared with its exact result.
 * @source microsoft/onnxruntime docs/execution-providers (U8S8 saturation), cosyvoice-local perf.md 3.3
 */
export const int8Saturates = async (): Promise<boolean> => {
  const graph = buildGraph('int8-self-test', (g) => {
    const input = g.input('input', 'float32', [1, DEPTH])
    const weights = g.int8(new Int8Array(DEPTH * DEPTH).fill(INT8_MAX), [DEPTH, DEPTH])
    const product = g.op('DynamicQuantizeMatMul', [input, weights, g.float32([1 / INT8_MAX]), NONE, NONE])
    g.output('product', product, 'float32', [1, DEPTH])
  })
  await using network = await openNetworkFrom(encodeGraph(graph))
  // The largest value sets the scale to one, so that every input is the largest level of eight bits.
  const input = new Float32Array(DEPTH).fill(UINT8_MAX)
  const { product } = await network.run({ input: networkTensor(input, [1, DEPTH]) })
  return isInexact(float32Of(product), DEPTH * UINT8_MAX)
}
