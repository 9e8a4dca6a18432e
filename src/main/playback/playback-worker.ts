import { createMixdown } from '../../shared/audio/index.ts'
import { createTakeReader } from '../take-store/index.ts'
import { serveWorker } from '../worker-process/index.ts'
import { deviceUnavailable } from './audio-output.ts'
import { GrowingSound } from './growing-sound.ts'
import { interleave } from './interleave.ts'
import { type OutputDevice, openPortAudio, type PortAudio } from './naudiodon-output.ts'
import { playGrowing } from './play-growing.ts'
import { playMix } from './play-mix.ts'
import { checkInputSchema, type DevicesOutput, growInputSchema, playInputSchema } from './playback-worker-methods.ts'
import { takeReaderOf } from './take-reader-of.ts'

/** Long enough to reach the device's own clock, short enough not to be waited for. */
const CHECK_MS = 60

const findDevice = (portAudio: PortAudio, deviceName: string | null): OutputDevice => {
  const devices = portAudio.devices()
  const device = devices.find(({ name, isDefault }) => (deviceName === null ? isDefault : name === deviceName))
  if (device) return device
  throw deviceUnavailable(deviceName === null ? 'no-device' : 'no-such-device', deviceName)
}

/** What is being played while it is rendered. */
const growing = new Map<number, GrowingSound>()

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
    const parsed = playInputSchema.parse(input)
    const { plan, takesDirectory, deviceName, fromSamples, untilSamples, growingId } = parsed
    const { sampleRateHz } = plan
    const job = { signal, onAnchor: item, nowEpochMs: Date.now }
    if (growingId !== null) {
      // There before anything is waited for: the calls that make it grow come right behind this one.
      await using sound = new GrowingSound()
      growing.set(growingId, sound)
      try {
        const portAudio = await openPortAudio()
        const device = findDevice(portAudio, deviceName)
        const { channelCount } = device
        const stream = portAudio.open(device, sampleRateHz)
        const part = { sound, plan, channelCount, fromSamples, untilSamples }
        return { positionSamples: await playGrowing(part, stream, job) }
      } finally {
        growing.delete(growingId)
      }
    }
    const portAudio = await openPortAudio()
    const device = findDevice(portAudio, deviceName)
    const takeKeys = new Map(parsed.takeKeys)
    const takes = createTakeReader(takesDirectory)
    const mixdown = createMixdown(plan, takeReaderOf(takes, takeKeys), { channelCount: device.channelCount })
    try {
      const stream = portAudio.open(device, sampleRateHz)
      await playMix({ mixdown, sampleRateHz, fromSamples, untilSamples }, stream, job)
    } finally {
      await takes[Symbol.asyncDispose]()
    }
    return { positionSamples: untilSamples }
  },

  grow: async (input) => {
    const { growingId, grown } = growInputSchema.parse(input)
    growing.get(growingId)?.grow(grown)
  },
})
