import { type DeviceFault, deviceUnavailable } from './audio-output.ts'

/** The part of naudiodon that is used here. @source Streampunk/naudiodon index.d.ts */
type Naudiodon = {
  getDevices(): readonly { id: number; name: string; maxOutputChannels: number; hostAPIName: string }[]
  getHostAPIs(): { defaultHostAPI: number; HostAPIs: readonly { id: number; name: string; defaultOutput: number }[] }
  AudioIO(options: {
    outOptions: {
      deviceId: number
      sampleRate: number
      channelCount: number
      sampleFormat: number
      maxQueue: number
      closeOnError: boolean
    }
  }): NaudiodonStream
}
type NaudiodonStream = {
  start(): void
  write(bytes: Buffer, done: (error?: Error | null) => void): boolean
  quit(done: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
}

/** naudiodon's own word for 32-bit float samples. */
const SAMPLE_FORMAT_FLOAT32 = 1

/** Blocks that wait in naudiodon's queue, besides the one that plays. */
export const QUEUED_BLOCKS = 2

export type OutputDevice = { deviceId: number; name: string; channelCount: 1 | 2; isDefault: boolean }

/** An open device that has started. */
export type OutputStream = {
  /** @param bytes interleaved f32; settles when the queue has room for it, which is how playback keeps time */
  write(bytes: Buffer): Promise<void>
  /** Settles when everything written has been heard and the device is closed. */
  end(): Promise<void>
}

export type PortAudio = {
  /** Outputs of the system's default sound API, so that each device is listed once. */
  devices(): OutputDevice[]
  /** @throws AppError `audio.device-unavailable` */
  open(device: OutputDevice, sampleRateHz: number): OutputStream
}

const fault = (reason: DeviceFault, deviceName: string | null, error: unknown) =>
  deviceUnavailable(reason, deviceName, error instanceof Error ? error.message : String(error))

/**
 * PortAudio by way of naudiodon, which is an optional dependency: it has no build for Apple Silicon and Linux on arm64.
 * It prints to stdout, so the process that calls this must have none that anybody reads.
 * @throws AppError `audio.device-unavailable` where it is not installed or cannot be loaded
 */
export const openPortAudio = async (): Promise<PortAudio> => {
  // By variable, so that types and bundles do not need the package to be there.
  const packageName: string = 'naudiodon'
  let naudiodon: Naudiodon
  try {
    naudiodon = ((await import(packageName)) as { default: Naudiodon }).default
  } catch (error) {
    throw fault('not-installed', null, error)
  }
  return {
    devices: () => {
      const { defaultHostAPI, HostAPIs } = naudiodon.getHostAPIs()
      const host = HostAPIs.find(({ id }) => id === defaultHostAPI)
      return naudiodon
        .getDevices()
        .filter((device) => device.maxOutputChannels > 0 && device.hostAPIName === host?.name)
        .map(({ id, name, maxOutputChannels }) => ({
          deviceId: id,
          name,
          channelCount: maxOutputChannels > 1 ? 2 : 1,
          isDefault: id === host?.defaultOutput,
        }))
    },
    open: (device, sampleRateHz) => {
      try {
        const stream = naudiodon.AudioIO({
          outOptions: {
            deviceId: device.deviceId,
            sampleRate: sampleRateHz,
            channelCount: device.channelCount,
            sampleFormat: SAMPLE_FORMAT_FLOAT32,
            maxQueue: QUEUED_BLOCKS,
            // A single underrun would count as an error and end the stream.
            closeOnError: false,
          },
        })
        stream.on('error', () => {
          // The write that failed is told as well, and answers for it.
        })
        stream.start()
        return {
          write: (bytes) =>
            new Promise((resolve, reject) => {
              stream.write(bytes, (error) => (error ? reject(fault('write-failed', device.name, error)) : resolve()))
            }),
          end: () => new Promise((resolve) => stream.quit(resolve)),
        }
      } catch (error) {
        throw fault('open-failed', device.name, error)
      }
    },
  }
}
