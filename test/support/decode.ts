import { spawnSync } from 'node:child_process'

/** Programs that know nothing of this app, to judge what it writes. */
export type Checker = 'ffmpeg' | 'ffprobe' | 'sox' | 'soxi' | 'mpg123' | 'opusinfo' | 'mediainfo'

/** Why a test that needs these programs cannot run here; undefined where it can. On CI it always must. */
export const noCheckersReason = (...checkers: readonly Checker[]): string | undefined => {
  const missing = checkers.filter((checker) => spawnSync(checker, ['--version']).error !== undefined)
  if (missing.length === 0) return undefined
  const reason = `not installed: ${missing.join(', ')}`
  if (process.env.CI) throw new Error(`CI checks exports with other programs; ${reason}`)
  return reason
}

const run = (checker: Checker, args: readonly string[]): Buffer => {
  const { status, stdout, stderr } = spawnSync(checker, args, { maxBuffer: 2 ** 31 - 1 })
  if (status !== 0) throw new Error(`${checker} ${args.join(' ')}: ${stderr}`)
  return stdout
}
const toFloats = (bytes: Buffer): Float32Array => {
  const floats = new Float32Array(Math.floor(bytes.length / 4))
  new Uint8Array(floats.buffer).set(bytes.subarray(0, floats.byteLength))
  return floats
}
const split = (interleaved: Float32Array, channelCount: number): Float32Array[] =>
  Array.from({ length: channelCount }, (_, channel) =>
    Float32Array.from(
      { length: interleaved.length / channelCount },
      (_, i) => interleaved[i * channelCount + channel] ?? 0,
    ),
  )

/** PCM per channel at the file's own rate (opus: 48 kHz). */
export const decodeWithFfmpeg = (file: string, channelCount: number): Float32Array[] =>
  split(toFloats(run('ffmpeg', ['-v', 'error', '-i', file, '-f', 'f32le', '-'])), channelCount)

export const decodeWithSox = (file: string, channelCount: number): Float32Array[] =>
  split(toFloats(run('sox', [file, '-t', 'f32', '-'])), channelCount)

/** Honours LAME's gapless tag. */
export const decodeWithMpg123 = (file: string, channelCount: number): Float32Array[] =>
  split(toFloats(run('mpg123', ['-q', '-e', 'f32', '-s', file])), channelCount)

export type Probed = {
  codec: string
  sampleRateHz: number
  channelCount: number
  bitsPerSample: number
  durationSec: number
  tags: Readonly<Record<string, string>>
}

type ProbeOutput = {
  format: { duration: string; tags?: Record<string, string> }
  streams: {
    codec_name: string
    sample_rate: string
    channels: number
    bits_per_sample: number
    tags?: Record<string, string>
  }[]
}

/** What ffprobe says of a file; tags of file and stream together, in lower case. */
export const probe = (file: string): Probed => {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', file]
  const { format, streams } = JSON.parse(run('ffprobe', args).toString()) as ProbeOutput
  const [stream] = streams
  if (!stream) throw new Error(`${file} has no stream`)
  const tags = Object.entries({ ...format.tags, ...stream.tags }).map(([key, text]) => [key.toLowerCase(), text])
  return {
    codec: stream.codec_name,
    sampleRateHz: Number(stream.sample_rate),
    channelCount: stream.channels,
    bitsPerSample: stream.bits_per_sample,
    durationSec: Number(format.duration),
    tags: Object.fromEntries(tags),
  }
}

/** Integrated loudness and true peak by ffmpeg's ebur128 filter, as it prints them: one decimal. */
export const loudnessByFfmpeg = (file: string): { loudnessLufs: number; peakDbtp: number } => {
  const args = ['-hide_banner', '-nostats', '-i', file, '-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-']
  const report = spawnSync('ffmpeg', args, { encoding: 'utf8' }).stderr
  const number = (pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? Number.NaN)
  return { loudnessLufs: number(/I:\s+(-?[\d.]+) LUFS/), peakDbtp: number(/Peak:\s+(-?[\d.]+) dBFS/) }
}

/** One field of many files, as mediainfo names it: `Audio`, `SamplingRate`. */
export const mediainfo = (files: readonly string[], stream: 'General' | 'Audio', field: string): string[] =>
  files.map((file) =>
    run('mediainfo', [`--Output=${stream};%${field}%`, file])
      .toString()
      .trim(),
  )

/** Every comment of an Ogg file, and what opusinfo complains of. */
export const opusInfo = (file: string): { report: string; warnings: string[] } => {
  const report = run('opusinfo', [file]).toString()
  return { report, warnings: report.split('\n').filter((line) => /^(warning|error)/i.test(line.trim())) }
}

/** Every line of soxi about a file. */
export const soxi = (file: string): string => run('soxi', [file]).toString()

/** Root mean square of a stretch, in dB of full scale. */
export const levelDb = (pcm: Float32Array, start = 0, end = pcm.length): number => {
  const stretch = pcm.subarray(start, end)
  return 10 * Math.log10(stretch.reduce((sum, sample) => sum + sample * sample, 0) / stretch.length + 1e-20)
}

export const highestMagnitude = (pcm: Float32Array): number =>
  pcm.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0)
