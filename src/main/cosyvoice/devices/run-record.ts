import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import type { Provider } from './providers.ts'

/** ONNX Runtime's own record of what ran where, in a temporary folder that is gone with it. */
export interface RunRecord extends Disposable {
  /** Where a session is told to write. */
  readonly filePrefix: string
  /** Operators of the runs so far, each once, by what computed them; after the session has ended its record. */
  read(): ReadonlyMap<Provider, readonly string[]>
}

/** @source microsoft/onnxruntime include/onnxruntime/core/graph/constants.h */
const RECORDED_NAMES: Readonly<Record<string, Provider>> = {
  CPUExecutionProvider: 'cpu',
  CUDAExecutionProvider: 'cuda',
  TensorrtExecutionProvider: 'tensorrt',
  DmlExecutionProvider: 'dml',
  CoreMLExecutionProvider: 'coreml',
  WebGpuExecutionProvider: 'webgpu',
}

const recordSchema = z.array(
  z.object({ args: z.object({ provider: z.string().optional(), op_name: z.string().optional() }).optional() }),
)

/** Products of matrices: what a model's time goes into, by the names ONNX Runtime has for them before and after fusing. */
export const isWork = (operator: string): boolean => /Conv|MatMul|Gemm|Attention/.test(operator)

export const startRunRecord = (): RunRecord => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cosy-run-record-'))
  return {
    filePrefix: path.join(directory, 'record'),
    read: () => {
      const ran = new Map<Provider, string[]>()
      for (const file of readdirSync(directory)) {
        for (const { args } of recordSchema.parse(JSON.parse(readFileSync(path.join(directory, file), 'utf8')))) {
          const provider = args?.provider === undefined ? undefined : RECORDED_NAMES[args.provider]
          if (!provider || !args?.op_name) continue
          const operators = ran.get(provider) ?? []
          ran.set(provider, operators)
          if (!operators.includes(args.op_name)) operators.push(args.op_name)
        }
      }
      return ran
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
