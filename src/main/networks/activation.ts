import type { GraphBuilder, Value } from '../onnx/index.ts'

/** From here on mish is x itself in float32; the square of eˣ would be infinite from 45 on. */
const MISH_IS_IDENTITY_FROM = 20

/**
 * x · tanh(ln(1 + eˣ)) as x · n / (n + 2) with n = eˣ(eˣ + 2): the same number without Softplus, which ONNX
 * Runtime computes so slowly on processors that it would be a twentieth of the whole graph.
 */
export const mish = (g: GraphBuilder, x: Value): Value => {
  const power = g.op('Exp', [g.op('Min', [x, g.float32(MISH_IS_IDENTITY_FROM)])])
  const n = g.op('Mul', [power, g.op('Add', [power, g.float32(2)])])
  return g.op('Mul', [x, g.op('Div', [n, g.op('Add', [n, g.float32(2)])])])
}
