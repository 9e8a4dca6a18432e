import type { DeviceChoice } from '../../src/main/cosyvoice/devices/choose-devices.ts'
import { type ProviderCertificate, proveProvider } from '../../src/main/cosyvoice/devices/prove-provider.ts'
import { createLlmDecoder } from '../../src/main/cosyvoice/llm/llm-decoder.ts'
import { openBundleModel } from '../../src/main/cosyvoice/open-bundle-model.ts'
import {
  float32Of,
  type NetworkData,
  type NetworkOptions,
  networkTensor,
  openNetwork,
} from '../../src/main/cosyvoice/sessions.ts'
import type { ModelDescription } from '../../src/main/model-bundle/index.ts'
import { AppError, type AppErrorData } from '../../src/shared/kernel/index.ts'
import { type SpokenStages, speakStages } from './speak-stages.ts'

/** What this process does for a test, on WebGPU. */
export type SwiftShaderTask =
  | { readonly task: 'prove' }
  | {
      readonly task: 'run'
      readonly modelPath: string
      readonly options?: NetworkOptions
      readonly inputs: Readonly<Record<string, { data: NetworkData; dims: readonly number[] }>>
    }
  | {
      readonly task: 'decode'
      readonly modelPath: string
      readonly options?: NetworkOptions
      readonly description: ModelDescription['llm']
      readonly pieces: readonly Float32Array[]
    }
  | { readonly task: 'speak'; readonly directory: string; readonly certificates: readonly ProviderCertificate[] }

type Facts = { readonly provider: string; readonly onProcessor: readonly string[] | undefined }
export type SwiftShaderAnswer =
  | { readonly task: 'prove'; readonly certificate: ProviderCertificate }
  | ({ readonly task: 'run'; readonly outputs?: Readonly<Record<string, Float32Array>>; error?: AppErrorData } & Facts)
  | ({ readonly task: 'decode'; readonly scores: readonly Float32Array[] } & Facts)
  | {
      readonly task: 'speak'
      readonly devices?: DeviceChoice
      readonly spoken?: SpokenStages
      readonly error?: AppErrorData
    }

const NOWHERE: Facts = { provider: 'none', onProcessor: undefined }

/** A bundle opened for WebGPU, and a line of it. */
const speak = async (directory: string, certificates: readonly ProviderCertificate[]): Promise<SwiftShaderAnswer> => {
  try {
    const model = await openBundleModel(directory, { wish: 'webgpu', certificates })
    return { task: 'speak', devices: model.devices, spoken: await speakStages(model) }
  } catch (error) {
    if (error instanceof AppError) return { task: 'speak', error: error.toData() }
    throw error
  }
}

const answerTo = async (task: SwiftShaderTask): Promise<SwiftShaderAnswer> => {
  if (task.task === 'prove')
    return {
      task: 'prove',
      certificate: await proveProvider('webgpu', { signal: new AbortController().signal }),
    }
  if (task.task === 'speak') return speak(task.directory, task.certificates)
  const options = { threads: 1, ...task.options, provider: 'webgpu' } as const
  if (task.task === 'decode') {
    await using network = await openNetwork(task.modelPath, options)
    const decoder = createLlmDecoder(network, task.description)
    const scores: Float32Array[] = []
    for (const piece of task.pieces) scores.push(Float32Array.from(await decoder.forward(piece)))
    return { task: 'decode', scores, provider: network.provider, onProcessor: network.onProcessor }
  }
  try {
    await using network = await openNetwork(task.modelPath, options)
    const results = await network.run(
      Object.fromEntries(
        Object.entries(task.inputs).map(([name, { data, dims }]) => [name, networkTensor(data, dims)]),
      ),
    )
    const outputs = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, float32Of(value)]))
    return { task: 'run', outputs, provider: network.provider, onProcessor: network.onProcessor }
  } catch (error) {
    if (error instanceof AppError) return { task: 'run', error: error.toData(), ...NOWHERE }
    throw error
  }
}

process.on('message', (task: SwiftShaderTask) => {
  answerTo(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ task: 'failed', message: String(error) }),
  )
})
