import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { mediainfo, noCheckersReason, probe } from '../../../test/support/decode.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { type WavSettings, wavHeader } from './wav-header.ts'

const settings: WavSettings = { format: 'wav', sampleRateHz: 48_000, channelCount: 2, sampleFormat: 'float32' }
const tags = { title: '书', author: '', album: '' }
const unavailable = noCheckersReason('ffprobe', 'mediainfo')

test.skipIf(unavailable)(
  `a file beyond 4 GiB becomes RF64, whose length other programs read ${unavailable ?? ''}`,
  () => {
    using folder = temporaryFolder()
    for (const durationSec of [11_000, 12_000, 40_000]) {
      const file = path.join(folder.directory, `${durationSec}.wav`)
      const header = wavHeader(settings, durationSec * 48_000, tags)
      const descriptor = openSync(file, 'w')
      writeSync(descriptor, header)
      // Sparse: takes no room.
      ftruncateSync(descriptor, header.length + durationSec * 48_000 * 8)
      closeSync(descriptor)
      expect(header.toString('latin1', 0, 4)).toBe(durationSec * 48_000 * 8 > 0xffffffff ? 'RF64' : 'RIFF')
      expect(probe(file).durationSec).toBeCloseTo(durationSec, 3)
      expect(mediainfo([file], 'Audio', 'Duration')).toEqual([String(durationSec * 1000)])
    }
  },
)

test('chunks begin at even places, whatever the tags', () => {
  for (const title of ['', 'a', 'ab', '书']) {
    const header = wavHeader({ ...settings, sampleFormat: 'int16' }, 10, { title, author: 'x', album: '' })
    expect(header.length % 2).toBe(0)
    expect(header.readUInt32LE(4)).toBe(header.length - 8 + 40)
    expect(header.toString('latin1', header.length - 8, header.length - 4)).toBe('data')
  }
})
