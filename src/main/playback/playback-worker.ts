import { createMixdown } from '../../shared/audio/index.ts'
import { createTakeReader } from '../take-store/index.ts'
import { serveWorker } from '../worker-process/index.ts'
import { deviceUnavailable } from './audio-output.ts'
import { interleave } from './interleave.ts'
import { type OutputDevice, openPortAudio, type PortAudio } from './naudiodon-output.ts'
import { playMix } from './play-mix.ts'
import { checkInputSchema, type DevicesOutput, playInputSchema } from './playback-worker-methods.ts'
import { takeReaderOf } from './take-reader-of.ts'

/** Long enough to reach the device's own clock, short enough not to be waited for. */
const CHECK_MS = 60

const findDevice = (portAudio: PortAudio, deviceName: string | null): OutputDevice => {
  const devices = portAudio.devices()
  const device = devices.find(({ name, isDefault }) => (deviceName === null ? isDefault : name === deviceName))
  if (device) return device
  throw deviceUnavailable(deviceName === null ? 'no-device' : 'no-such-device', deviceName)
}

serveWorker({
  devices: async (): Promise<DevicesOutput> =>
    (await openPortAudio()).devices().map(({ deviceId, name, isDefault }) => ({
      deviceId: String(deviceId),
      name,
      isDefault,
    })),

  check: async (input) => {
    const { deviceName, sampleRateHz } = checkInputSchema.parse(input)
    const portAudio = await openPortAudio()
    const device = findDevice(portAudio, deviceName)
    const stream = portAudio.open(device, sampleRateHz)
    const silence = new Float32Array(Math.round((sampleRateHz * CHECK_MS) / 1000))
    await stream.write(interleave(Array.from({ length: device.channelCount }, () => silence)))
    await stream.end()
    return { deviceName: device.name }
  },

  play: async (input, { signal, item }) => {
    const { plan, takesDirectory, deviceName, fromSamples, untilSamples, ...rest } = playInputSchema.parse(input)
    const portAudio = await openPortAudio()
    const device = findDevice(portAudio, deviceName)
    const takeKeys = new Map(rest.takeKeys)
    const takes = createTakeReader(takesDirectory)
    const mixdown = createMixdown(plan, takeReaderOf(takes, takeKeys), { channelCount: device.channelCount })
    try {
      const stream = portAudio.open(device, plan.sampleRateHz)
      await playMix({ mixdown, sampleRateHz: plan.sampleRateHz, fromSamples, untilSamples }, stream, {
        signal,
        onAnchor: item,
        nowEpochMs: Date.now,
      })
    } finally {
      await takes[Symbol.asyncDispose]()
    }
    return { positionSamples: untilSamples }
  },
})
