import type { DeviceCertificate } from '../../../shared/device/index.ts'
import { PROBE_IDS, type ProbeId, type ProviderCertificate } from '../../cosyvoice/index.ts'

const isProbeId = (id: string): id is ProbeId => PROBE_IDS.some((known) => known === id)

/** A certificate as files and windows have it. */
export const toDeviceCertificate = (
  { provider, isRight, speedRatioToCpu, probes, refusal }: ProviderCertificate,
  provedAtEpochMs: number,
): DeviceCertificate => ({
  provider,
  isRight,
  speedRatioToCpu: speedRatioToCpu ?? null,
  probes: probes.map((probe) => ({
    id: probe.id,
    isRight: probe.isRight,
    // What is no number cannot be written as JSON.
    relativeError: Number.isFinite(probe.relativeError) ? (probe.relativeError ?? null) : null,
    milliseconds: probe.milliseconds ?? null,
    speedRatioToCpu: probe.speedRatioToCpu ?? null,
    refusal: probe.refusal ?? null,
  })),
  refusal: refusal ?? null,
  provedAtEpochMs,
})

/** The same as devices are chosen by; probes of another version of the app are as if they had not been run. */
export const toProviderCertificate = (certificate: DeviceCertificate): ProviderCertificate => {
  const { provider, isRight, speedRatioToCpu, probes, refusal } = certificate
  if (provider === 'cpu') throw new Error('the processor needs no certificate')
  return {
    provider,
    isRight,
    probes: probes.flatMap(({ id, isRight: isProbeRight, ...probe }) =>
      isProbeId(id)
        ? [
            {
              id,
              isRight: isProbeRight,
              ...(probe.relativeError !== null && { relativeError: probe.relativeError }),
              ...(probe.milliseconds !== null && { milliseconds: probe.milliseconds }),
              ...(probe.speedRatioToCpu !== null && { speedRatioToCpu: probe.speedRatioToCpu }),
              ...(probe.refusal !== null && { refusal: probe.refusal }),
            },
          ]
        : [],
    ),
    ...(speedRatioToCpu !== null && { speedRatioToCpu }),
    ...(refusal !== null && { refusal }),
  }
}
