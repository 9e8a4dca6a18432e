import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { tinyCheckpointDirectory } from '../../../test/support/tiny-checkpoint.ts'
import { convertCheckpoint } from '../model-converter/index.ts'
import { convertCommand } from './model-command.ts'
import { createReporter } from './reporter.ts'

test('on a terminal the bar says what is being read, written and compared, and never goes back', async () => {
  using folder = temporaryFolder()
  const bars: string[] = []
  const reporter = createReporter(false, 'en', {
    out: () => undefined,
    err: (text) => void bars.push(text),
    isTerminal: true,
    columns: 80,
  })
  await convertCommand(
    convertCheckpoint,
    tinyCheckpointDirectory('cosyvoice3-tiny'),
    { out: path.join(folder.directory, 'out'), precision: 'cpu' },
    reporter,
    new AbortController().signal,
  )
  const shown = bars.flatMap((text) => {
    const [, percent, label = ''] = / (\d+) % {2}(.*)$/.exec(text) ?? []
    return percent === undefined ? [] : [{ percent: Number(percent), label }]
  })
  const labels = [...new Set(shown.map(({ label }) => label))]
  expect(labels.slice(0, 3)).toEqual(['reading the checkpoint', 'llm', 'flow-front'])
  expect(labels.slice(-3)).toEqual(['verification: llm', 'verification: flow', 'verification: vocoder'])
  const [reading, writing] = [true, false].map((isReading) =>
    shown.filter(({ label }) => (label === labels[0]) === isReading).map(({ percent }) => percent),
  )
  for (const percents of [reading, writing]) {
    expect(percents).toEqual(percents?.toSorted((a, b) => a - b))
    expect(percents?.at(-1)).toBe(100)
  }
})
