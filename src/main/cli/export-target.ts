import path from 'node:path'
import type { Command } from 'commander'
import { type ExportSettings, exportSettingsSchema } from '../../shared/audio/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { checkExportSettings } from '../export/index.ts'

/** Options of `cosy render` and `cosy export` that say how files are encoded; text as typed. */
export type EncodingFlags = {
  sampleRate?: string
  channels?: string
  sampleFormat?: string
  bitrate?: string
  vbr?: string
}

const usage = (problem: string): AppError =>
  new AppError('usage.invalid', { params: { detail: problem }, remedies: ['see-help'] })

const numberOr = <Preset>(text: string | undefined, flag: string, preset: Preset): number | Preset => {
  if (text === undefined) return preset
  const value = Number(text)
  if (!Number.isFinite(value)) throw usage(`${flag} ${text} is not a number`)
  return value
}

/**
 * How a file is encoded, by its extension and the flags; what no flag says has a preset for speech.
 * @throws AppError `usage.invalid`, `export.unsupported-settings`
 */
export const exportSettingsFor = (file: string, flags: EncodingFlags, projectRateHz: number): ExportSettings => {
  const format = path.extname(file).slice(1).toLowerCase()
  const shared = {
    format,
    sampleRateHz: numberOr(flags.sampleRate, '--sample-rate', projectRateHz),
    channelCount: numberOr(flags.channels, '--channels', 1),
  }
  const bitrateKbps = numberOr(flags.bitrate, '--bitrate', undefined)
  const settings = {
    wav: { ...shared, sampleFormat: flags.sampleFormat ?? 'int16' },
    mp3: {
      ...shared,
      rate:
        flags.vbr === undefined
          ? { mode: 'cbr', bitrateKbps: bitrateKbps ?? 128 }
          : { mode: 'vbr', quality: numberOr(flags.vbr, '--vbr', 4) },
    },
    opus: { ...shared, bitrateKbps: bitrateKbps ?? 48 },
  }[format]
  if (!settings) throw usage(`${path.basename(file)}: the extension must be .wav, .mp3 or .opus`)
  const parsed = exportSettingsSchema.safeParse(settings)
  if (parsed.success) {
    checkExportSettings(parsed.data)
    return parsed.data
  }
  const issue = parsed.error.issues[0]
  throw usage(`${path.basename(file)}: ${issue?.path.join('.')} ${issue?.message ?? ''}`)
}

/** Options of every command that writes sound. */
export const encoding = (command: Command): Command =>
  command
    .option('--out <file...>', 'files to write, .wav, .mp3 or .opus (preset: the name with .wav, here)')
    .option('--sample-rate <hz>', 'sample rate (preset: the project’s)')
    .option('--channels <n>', '1 or 2 (preset: 1)')
    .option('--sample-format <format>', 'wav: int16, int24 or float32 (preset: int16)')
    .option('--bitrate <kbps>', 'mp3 and opus (preset: 128 and 48)')
    .option('--vbr <quality>', 'mp3: variable bit rate, 0 best to 9 smallest')
    .option('--author <name>', 'author tag')
    .option('--album <name>', 'album tag')
