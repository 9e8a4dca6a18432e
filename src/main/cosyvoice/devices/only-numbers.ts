import { AppError } from '../../../shared/kernel/index.ts'
import { float32Of, type Network } from '../sessions.ts'
import { PROVIDER_NAMES } from './providers.ts'

const areNumbers = (values: Float32Array): boolean => {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false
  return true
}

/**
 * A network that fails where what it gives is NaN or infinite, instead of handing it on: one such number spreads over all that
 * follows, and is heard as nothing or as noise. Looking costs a nanosecond a number.
 * @param graph its file
 * @param outputs float32 ones to look at; those that stay on a device cannot be
 * @returns a network whose `run` also throws AppError engine.provider-wrong where a device computed it, and
 *   model.graph-rejected where the processor did
 */
export const onlyNumbers = (network: Network, graph: string, outputs: readonly string[]): Network => ({
  inputNames: network.inputNames,
  outputNames: network.outputNames,
  inputShapes: network.inputShapes,
  provider: network.provider,
  get onProcessor() {
    return network.onProcessor
  },
  async run(inputs, wanted) {
    const results = await network.run(inputs, wanted)
    for (const name of outputs)
      if (results[name] !== undefined && !areNumbers(float32Of(results[name])))
        throw network.provider === 'cpu'
          ? new AppError('model.graph-rejected', {
              params: { graph, reason: `what it gives as ${name} is no number` },
              remedies: ['convert-again', 'download-again', 'report'],
            })
          : new AppError('engine.provider-wrong', {
              params: { provider: PROVIDER_NAMES[network.provider], graph, measured: 'NaN' },
              remedies: ['choose-another-precision', 'see-help', 'report'],
            })
    return results
  },
  [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
})
