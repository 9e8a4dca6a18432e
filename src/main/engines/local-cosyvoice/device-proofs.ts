import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import {
  type DeviceCertificate,
  type DeviceTrial,
  deviceCertificateSchema,
  deviceTrialSchema,
} from '../../../shared/device/index.ts'
import { CUDA_LIBRARIES } from '../../cosyvoice/index.ts'

const fileSchema = z.object({
  /** Of another ONNX Runtime or another kind of machine nothing is believed. */
  runtime: z.string(),
  certificates: z.array(deviceCertificateSchema),
  trials: z.record(z.string(), deviceTrialSchema),
})
type Proofs = z.output<typeof fileSchema>

/** What was measured on this computer, kept between runs. All of it can be measured again. */
export interface DeviceProofs {
  certificates(): readonly DeviceCertificate[]
  /** @param key names the model and the settings that were tried together */
  trial(key: string): DeviceTrial | undefined
  /** @throws what the system says */
  keepCertificate(certificate: DeviceCertificate): void
  /** @throws what the system says */
  keepTrial(key: string, trial: DeviceTrial): void
}

const readProofs = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // Not there yet, or damaged: then nothing was measured.
    return undefined
  }
}

const RUNTIME = `onnxruntime ${CUDA_LIBRARIES.onnxRuntimeVersion} ${process.platform} ${process.arch}`

/** @param file made when the first of them is kept */
export const openDeviceProofs = (file: string): DeviceProofs => {
  const empty: Proofs = { runtime: RUNTIME, certificates: [], trials: {} }
  const found = fileSchema.safeParse(readProofs(file))
  let proofs = found.success && found.data.runtime === RUNTIME ? found.data : empty
  const keep = (next: Proofs): void => {
    writeFileSync(`${file}.new`, `${JSON.stringify(next, null, 2)}\n`)
    renameSync(`${file}.new`, file)
    proofs = next
  }
  return {
    certificates: () => proofs.certificates,
    trial: (key) => proofs.trials[key],
    keepCertificate: (certificate) => {
      const others = proofs.certificates.filter(({ provider }) => provider !== certificate.provider)
      keep({ ...proofs, certificates: [...others, certificate] })
    },
    keepTrial: (key, trial) => keep({ ...proofs, trials: { ...proofs.trials, [key]: trial } }),
  }
}
