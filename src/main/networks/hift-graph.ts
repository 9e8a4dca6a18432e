import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, real, type Value } from '../onnx/index.ts'
import {
  type Convolution,
  decoderLookahead,
  type HiftTensors,
  pitchLookahead,
  type ResidualBlock,
  type VocoderStage,
} from './hift-tensors.ts'
import { linear, weight } from './linear.ts'
import { derived, type Tensor } from './tensor.ts'

const STAGE_SLOPE = 0.1
const LAST_SLOPE = 0.01
/** Kept from x / α where α is zero. */
const SNAKE_FLOOR = 1e-9
/** Some WebGPU convolutions are wrong where channels divide by three and not by four. @source microsoft/onnxruntime issue 29651 */
const SAFE_CHANNELS = 4

type Padding = readonly [number, number]

const convolve = (
  g: GraphBuilder,
  name: string,
  x: Value,
  layer: Convolution,
  pads: Padding,
  { dilation = 1, stride = 1 }: { dilation?: number; stride?: number } = {},
): Value => {
  const kernel = layer.weight.shape[2] ?? 1
  return g.op('Conv', [x, weight(g, `${name}.weight`, layer.weight), weight(g, `${name}.bias`, layer.bias)], {
    kernel_shape: [kernel],
    pads,
    dilations: [dilation],
    strides: [stride],
  })
}

/** All of a convolution's context to the left, or half on each side. */
const context = ({ weight: { shape } }: Convolution, isCausal: boolean, dilation = 1): Padding => {
  const total = ((shape[2] ?? 1) - 1) * dilation
  return isCausal ? [total, 0] : [total / 2, total / 2]
}

/** A value for each channel, [1, channels, 1]. */
const perChannel = (g: GraphBuilder, name: string, tensor: Tensor, of: (value: number) => number): Value =>
  weight(
    g,
    name,
    derived(tensor, [1, tensor.shape[0] ?? 1, 1], (data) => data.map(of)),
  )

/** x + sin²(αx) / α */
const snake = (g: GraphBuilder, name: string, x: Value, alpha: Tensor): Value => {
  const inverse = perChannel(g, `${name}.inverse`, alpha, (value) => 1 / (value + SNAKE_FLOOR))
  const wave = sineSquared(g, g.op('Mul', [x, perChannel(g, `${name}.alpha`, alpha, (value) => value)]))
  return g.op('Add', [x, g.op('Mul', [wave, inverse])])
}

const sineSquared = (g: GraphBuilder, x: Value): Value => {
  const wave = g.op('Sin', [x])
  return g.op('Mul', [wave, wave])
}

type Residual = (g: GraphBuilder, name: string, x: Value, block: ResidualBlock, isCausal: boolean) => Value

const publishedResidual: Residual = (g, name, input, { rounds }, isCausal) => {
  let x = input
  for (const [index, { first, dilation, second, firstAlpha, secondAlpha }] of rounds.entries()) {
    const [here, there] = [`${name}.${index}.first`, `${name}.${index}.second`]
    const pads = context(first, isCausal, dilation)
    const inner = convolve(g, here, snake(g, here, x, firstAlpha), first, pads, { dilation })
    const outer = convolve(g, there, snake(g, there, inner, secondAlpha), second, context(second, isCausal))
    x = g.op('Add', [x, outer])
  }
  return x
}

/**
 * The same with the factors of every snake inside the convolutions around it: α · (x + sin²(αx) / α) is z + sin² z with
 * z = αx. That is three passes over the samples less in every round, and passes over memory are a third of the vocoder's time.
 */
const foldedResidual: Residual = (g, name, input, { rounds }, isCausal) => {
  let x = input
  for (const [index, { first, dilation, second, firstAlpha, secondAlpha }] of rounds.entries()) {
    const [here, there] = [`${name}.${index}.first`, `${name}.${index}.second`]
    const inner = scaled(first, { inputs: firstAlpha, outputs: secondAlpha })
    const outer = scaled(second, { inputs: secondAlpha })
    const loud = g.op('Mul', [x, perChannel(g, `${here}.alpha`, firstAlpha, awayFromZero)])
    const pads = context(first, isCausal, dilation)
    const middle = convolve(g, here, g.op('Add', [loud, sineSquared(g, loud)]), inner, pads, { dilation })
    const last = g.op('Add', [middle, sineSquared(g, middle)])
    x = g.op('Add', [x, convolve(g, there, last, outer, context(second, isCausal))])
  }
  return x
}

/** What a factor that is divided by may not be. */
const awayFromZero = (alpha: number): number => (Math.abs(alpha) < SNAKE_FLOOR ? SNAKE_FLOOR : alpha)

/** A convolution whose inputs come multiplied by a factor for each channel, and whose outputs shall be. */
const scaled = ({ weight: tensor, bias }: Convolution, by: { inputs: Tensor; outputs?: Tensor }): Convolution => {
  const [, channels = 1, kernel = 1] = tensor.shape
  const outputFactors = async (count: number): Promise<Float32Array> =>
    by.outputs ? (await by.outputs.load()).map(awayFromZero) : new Float32Array(count).fill(1)
  return {
    weight: {
      shape: tensor.shape,
      load: async () => {
        const data = await tensor.load()
        const inputs = (await by.inputs.load()).map(awayFromZero)
        const outputs = await outputFactors(tensor.shape[0] ?? 1)
        return data.map((value, index) => {
          const input = inputs[Math.floor(index / kernel) % channels] ?? 1
          return (value * (outputs[Math.floor(index / (kernel * channels))] ?? 1)) / input
        })
      },
    },
    bias: {
      shape: bias.shape,
      load: async () => {
        const data = await bias.load()
        const outputs = await outputFactors(data.length)
        return data.map((value, index) => value * (outputs[index] ?? 1))
      },
    },
  }
}

/** A layer whose inputs come `times` as large as it was made for. */
const lessened = ({ weight: tensor, bias }: Convolution, times: number): Convolution => ({
  weight: derived(tensor, tensor.shape, (data) => data.map((value) => value / times)),
  bias,
})

/**
 * Taps of a convolution over samples that are each repeated `rate` times. Output phase p of frame m looks at a few frames
 * alone, so its taps over one frame are summed beforehand: rate convolutions with about kernel / rate taps do the work of
 * one with `kernel` taps at `rate` times the speed of the frames.
 * @param weight [out, in, kernel], its context all to the left
 * @returns [out · rate, in, frames looked at]
 */
const phaseTaps = (tensor: Tensor, rate: number): Tensor => {
  const [outputs = 0, inputs = 0, kernel = 0] = tensor.shape
  const reach = Math.ceil((kernel - 1) / rate)
  const taps = reach + 1
  return derived(tensor, [outputs * rate, inputs, taps], (data) => {
    const phases = new Float32Array(outputs * rate * inputs * taps)
    for (let output = 0; output < outputs; output++)
      for (let input = 0; input < inputs; input++)
        for (let phase = 0; phase < rate; phase++)
          for (let tap = 0; tap < kernel; tap++) {
            const frame = Math.floor((phase - kernel + 1 + tap) / rate) + reach
            const at = ((output * rate + phase) * inputs + input) * taps + frame
            phases[at] = (phases[at] ?? 0) + (data[(output * inputs + input) * kernel + tap] ?? 0)
          }
    return phases
  })
}

/** Each number `times` times. */
const repeated = (tensor: Tensor, times: number): Tensor =>
  derived(tensor, [(tensor.shape[0] ?? 0) * times], (data) =>
    Float32Array.from({ length: data.length * times }, (_, index) => data[Math.floor(index / times)] ?? 0),
  )

/** Nearest upsampling and a causal convolution after it. */
const causalUpsample = (g: GraphBuilder, name: string, x: Value, { rate, up }: VocoderStage): Value => {
  const [outputs = 1] = up.weight.shape
  const phases = { weight: phaseTaps(up.weight, rate), bias: repeated(up.bias, rate) }
  const convolved = convolve(g, name, x, phases, context(phases, true))
  const apart = g.op('Reshape', [convolved, g.int64([1, outputs, rate, -1])])
  return g.op('Reshape', [g.op('Transpose', [apart], { perm: [0, 1, 3, 2] }), g.int64([1, outputs, -1])])
}

/** The same, sample by sample as it was published. */
const repeatedUpsample = (g: GraphBuilder, name: string, x: Value, { rate, up }: VocoderStage): Value => {
  const scales = g.float32([1, 1, rate])
  const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }
  return convolve(g, name, g.op('Resize', [x, NONE, scales], attributes), up, context(up, true))
}

const transposedUpsample = (g: GraphBuilder, name: string, x: Value, { rate, up }: VocoderStage): Value => {
  const kernel = up.weight.shape[2] ?? rate
  const pad = (kernel - rate) / 2
  return g.op('ConvTranspose', [x, weight(g, `${name}.weight`, up.weight), weight(g, `${name}.bias`, up.bias)], {
    kernel_shape: [kernel],
    strides: [rate],
    pads: [Math.floor(pad), Math.floor(pad)],
  })
}

/**
 * The pitch of each frame. Input `mel` [1, mel, T + lookahead], output `f0` [1, T] in Hz; float32 throughout, since its
 * errors add up along the phase.
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/f0_predictor.py
 */
export const pitchGraph = (name: string, tensors: HiftTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    let x = g.input('mel', 'float32', [1, tensors.melBins, 'mel_frames'])
    for (const [index, layer] of tensors.pitch.convolutions.entries()) {
      const looksAhead = index === 0 && pitchLookahead(tensors) > 0
      const pads = looksAhead ? ([0, 0] as const) : context(layer, tensors.isCausal)
      x = g.op('Elu', [convolve(g, `convolution.${index}`, x, layer, pads)])
    }
    const rows = g.op('Transpose', [x], { perm: [0, 2, 1] })
    const pitch = g.op('Abs', [linear(g, 'classifier', rows, tensors.pitch, 'float32')])
    g.output('f0', g.op('Squeeze', [pitch, g.int64([2])]), 'float32', [1, 'frames'])
  })

/**
 * Mel and the spectrum of the source in, the spectrum of speech out. Inputs `mel` [1, mel, T + lookahead] and
 * `source_spectrum` [1, 18, 120T + 1] (real bins, then imaginary ones); outputs `magnitude` and `phase` [1, 9, 120T + 1].
 * @param isPublished computes it step by step as it was published, at more work, for comparison
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py; cosyvoice-local.md 8.3
 */
export const vocoderGraph = (
  name: string,
  tensors: HiftTensors,
  { isPublished = false }: { isPublished?: boolean } = {},
): OnnxGraph =>
  buildGraph(name, (g) => {
    const { isCausal, spectrumRows } = tensors
    const mel = g.input('mel', 'float32', [1, tensors.melBins, 'mel_frames'])
    const spectrum = g.input('source_spectrum', 'float32', [1, spectrumRows, 'spectrum_frames'])
    const extra = (SAFE_CHANNELS - (spectrumRows % SAFE_CHANNELS)) % SAFE_CHANNELS
    const source = g.op('Pad', [spectrum, g.int64([0, 0, 0, 0, extra, 0])])
    const padded = ({ weight: tensor, bias }: Convolution): Convolution => {
      const [outputs = 0, inputs = 0, kernel = 0] = tensor.shape
      const wide = derived(tensor, [outputs, inputs + extra, kernel], (data) => {
        const result = new Float32Array(outputs * (inputs + extra) * kernel)
        for (let output = 0; output < outputs; output++)
          result.set(
            data.subarray(output * inputs * kernel, (output + 1) * inputs * kernel),
            output * (inputs + extra) * kernel,
          )
        return result
      })
      return { weight: wide, bias }
    }
    const causal = isPublished ? repeatedUpsample : causalUpsample
    const residual = isPublished ? publishedResidual : foldedResidual
    const upsample = isCausal ? causal : transposedUpsample
    const preContext = decoderLookahead(tensors) > 0 ? ([0, 0] as const) : context(tensors.pre, false)
    let x = convolve(g, 'pre', mel, tensors.pre, preContext)
    // How many times too large x is: the mean of a stage's blocks is left as their sum, which the next layer makes up for.
    let excess = 1
    for (const [index, stage] of tensors.stages.entries()) {
      const at = `stage.${index}`
      x = g.op('LeakyRelu', [x], { alpha: real(STAGE_SLOPE) })
      x = upsample(g, `${at}.up`, x, { ...stage, up: lessened(stage.up, excess) })
      // The spectrum has one frame more than its signal has hops.
      if (index === tensors.stages.length - 1) x = g.op('Pad', [x, g.int64([0, 0, 1, 0, 0, 0])], { mode: 'reflect' })
      const down = padded(stage.sourceDown)
      const stride = stage.sourceStride
      const kernel = down.weight.shape[2] ?? 1
      const pads: Padding = isCausal ? [kernel > 1 ? stride - 1 : 0, 0] : sourcePads(kernel, stride)
      const fromSource = convolve(g, `${at}.source-down`, source, down, pads, { stride })
      x = g.op('Add', [x, residual(g, `${at}.source`, fromSource, stage.sourceBlock, isCausal)])
      const blocks = stage.blocks.map((block, number) => residual(g, `${at}.block.${number}`, x, block, isCausal))
      // Two at a time: WebGPU has no sum of three, and would have the processor compute it.
      x = blocks.reduce((sum, block) => g.op('Add', [sum, block]))
      excess = blocks.length
    }
    const post = lessened(tensors.post, excess)
    const last = g.op('LeakyRelu', [x], { alpha: real(LAST_SLOPE) })
    const half = spectrumRows / 2
    const [logMagnitude = NONE, angle = NONE] = g.ops(
      'Split',
      [convolve(g, 'post', last, post, context(post, isCausal)), g.int64([half, half])],
      2,
      { axis: 1 },
    )
    g.output('magnitude', g.op('Exp', [logMagnitude]), 'float32', [1, half, 'spectrum_frames'])
    g.output('phase', g.op('Sin', [angle]), 'float32', [1, half, 'spectrum_frames'])
  })

const sourcePads = (kernel: number, stride: number): Padding => {
  if (kernel === 1) return [0, 0]
  const pad = Math.floor(stride / 2)
  return [pad, pad]
}
