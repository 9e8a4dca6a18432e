import { AppError } from '../../shared/kernel/index.ts'
import { normalisedShape, normalisedWeight, type Tensor, type TensorReader } from './tensor.ts'

export type Convolution = { readonly weight: Tensor; readonly bias: Tensor }

/** Three rounds of: snake, convolution with a dilation, snake, convolution, and the sum with what came in. */
export type ResidualBlock = {
  readonly rounds: readonly {
    readonly firstAlpha: Tensor
    readonly first: Convolution
    readonly dilation: number
    readonly secondAlpha: Tensor
    readonly second: Convolution
  }[]
}

export type VocoderStage = {
  readonly rate: number
  /** CosyVoice 3 [out, in, kernel]; CosyVoice 2, a transposed convolution, [in, out, kernel]. */
  readonly up: Convolution
  readonly sourceDown: Convolution
  readonly sourceStride: number
  readonly sourceBlock: ResidualBlock
  readonly blocks: readonly ResidualBlock[]
}

/** The vocoder: its sizes, and its tensors with their shapes checked and weight norm folded. */
export type HiftTensors = {
  /** CosyVoice 3: no layer but the first looks ahead. */
  readonly isCausal: boolean
  readonly melBins: number
  /** Real and imaginary bins of the source's spectrum. */
  readonly spectrumRows: number
  readonly pitch: {
    readonly convolutions: readonly Convolution[]
    readonly weight: Tensor
    readonly bias: Tensor
  }
  readonly pre: Convolution
  readonly stages: readonly VocoderStage[]
  readonly post: Convolution
  readonly sourceWeights: Tensor
  readonly sourceBias: Tensor
}

/** @source FunAudioLLM/CosyVoice examples/libritts/cosyvoice3/conf/cosyvoice3.yaml hift */
const UPSAMPLE_RATES = [8, 5, 3]
const DILATIONS = [1, 3, 5]
const GENERATOR = 'generator'

const convolution = (reader: TensorReader, name: string, shape: readonly number[], outputs: number): Convolution => ({
  weight: normalisedWeight(reader, name, shape),
  bias: reader.tensor(`${name}.bias`, [outputs]),
})

const residualBlock = (reader: TensorReader, channels: number): ResidualBlock => ({
  rounds: DILATIONS.map((dilation, index) => {
    const layer = (name: string): Convolution => {
      const [, , kernel = 0] = normalisedShape(reader, name)
      return convolution(reader, name, [channels, channels, kernel], channels)
    }
    return {
      firstAlpha: reader.tensor(`activations1.${index}.alpha`, [channels]),
      first: layer(`convs1.${index}`),
      dilation,
      secondAlpha: reader.tensor(`activations2.${index}.alpha`, [channels]),
      second: layer(`convs2.${index}`),
    }
  }),
})

/**
 * @param reader at the root of a vocoder checkpoint, whose names may begin with `generator.`
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py HiFTGenerator, CausalHiFTGenerator; cosyvoice/hifigan/f0_predictor.py
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const readHiftTensors = (root: TensorReader): HiftTensors => {
  const reader = root.has(`${GENERATOR}.conv_pre.bias`) ? root.within(GENERATOR) : root
  const [channels = 0, melBins = 0, preKernel = 0] = normalisedShape(reader, 'conv_pre')
  const [spectrumRows = 0, , postKernel = 0] = normalisedShape(reader, 'conv_post')
  const [pitchWidth = 0, , firstPitchKernel = 0] = normalisedShape(reader, 'f0_predictor.condnet.0')
  // The first layer of the pitch predictor looks three frames ahead where the vocoder is causal.
  const isCausal = firstPitchKernel % 2 === 0
  const ups = reader.countOf('ups')
  const perStage = reader.countOf('resblocks') / ups
  if (ups !== UPSAMPLE_RATES.length || !Number.isInteger(perStage))
    throw new AppError('checkpoint.unknown-architecture', {
      params: { reason: `a vocoder with ${ups} upsampling stages is not known` },
      remedies: ['choose-another-folder'],
    })
  const stages = UPSAMPLE_RATES.map((rate, index): VocoderStage => {
    const inputs = channels >> index
    const outputs = channels >> (index + 1)
    const [, , upKernel = 0] = normalisedShape(reader, `ups.${index}`)
    const [, , downKernel = 0] = reader.shapeOf(`source_downs.${index}.weight`)
    return {
      rate,
      up: convolution(
        reader,
        `ups.${index}`,
        isCausal ? [outputs, inputs, upKernel] : [inputs, outputs, upKernel],
        outputs,
      ),
      sourceDown: {
        weight: reader.tensor(`source_downs.${index}.weight`, [outputs, spectrumRows, downKernel]),
        bias: reader.tensor(`source_downs.${index}.bias`, [outputs]),
      },
      sourceStride: UPSAMPLE_RATES.slice(index + 1).reduce((product, next) => product * next, 1),
      sourceBlock: residualBlock(reader.within(`source_resblocks.${index}`), outputs),
      blocks: Array.from({ length: perStage }, (_, block) =>
        residualBlock(reader.within(`resblocks.${index * perStage + block}`), outputs),
      ),
    }
  })
  // Every second entry of the list is an activation without numbers.
  const pitchLayers = ['0', '2', '4', '6', '8', '10', '12'].filter((at) =>
    reader.has(`f0_predictor.condnet.${at}.bias`),
  )
  const last = channels >> stages.length
  return {
    isCausal,
    melBins,
    spectrumRows,
    pitch: {
      convolutions: pitchLayers.map((at, index) => {
        const name = `f0_predictor.condnet.${at}`
        const [, , kernel = 0] = normalisedShape(reader, name)
        return convolution(reader, name, [pitchWidth, index === 0 ? melBins : pitchWidth, kernel], pitchWidth)
      }),
      weight: reader.tensor('f0_predictor.classifier.weight', [1, pitchWidth]),
      bias: reader.tensor('f0_predictor.classifier.bias', [1]),
    },
    pre: convolution(reader, 'conv_pre', [channels, melBins, preKernel], channels),
    stages,
    post: convolution(reader, 'conv_post', [spectrumRows, last, postKernel], spectrumRows),
    sourceWeights: reader.tensor('m_source.l_linear.weight', [1, reader.shapeOf('m_source.l_linear.weight')[1] ?? 0]),
    sourceBias: reader.tensor('m_source.l_linear.bias', [1]),
  }
}

/** Mel frames to the right that the first layers look at. */
export const pitchLookahead = ({ isCausal, pitch }: HiftTensors): number =>
  isCausal ? (pitch.convolutions[0]?.weight.shape[2] ?? 1) - 1 : 0
export const decoderLookahead = ({ isCausal, pre }: HiftTensors): number =>
  isCausal ? (pre.weight.shape[2] ?? 1) - 1 : 0
