import { writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import type { AudioOutputKind } from '../../src/shared/audio/index.ts'
import { temporaryFolder } from '../support/test-disk.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, StudioPage } from './support/studio-page.ts'

const LINE = 'The boat left the quay at dusk, and nobody on the shore had seen it go.'

/** A device that takes everything and is heard by nobody. */
const deafDevice = (folder: string): string => {
  const file = path.join(folder, 'alsa.conf')
  writeFileSync(file, `pcm.!default { type file slave.pcm { type null } file "${os.devNull}" format raw }\n`)
  return file
}

for (const kind of ['web', 'portaudio'] as const satisfies readonly AudioOutputKind[])
  test(`a line that was never rendered is heard by its play button: ${kind}`, async () => {
    test.skip(kind === 'portaudio' && process.platform !== 'linux', 'a device of our own can be had from ALSA alone')
    using folder = temporaryFolder()
    const config = kind === 'portaudio' ? deafDevice(folder.directory) : os.devNull
    const { page, close } = await launch({ env: { ALSA_CONFIG_PATH: config } })
    const studio = new StudioPage(page)
    await studio.home.waitFor()
    const projectId = await createProject(page, 'Dusk', `${LINE}\nAnother line.\n`)
    await studio.open('Dusk')
    await page.getByRole('button', { name: 'Play line 1', exact: true }).click()
    const state = () => callMain(page, 'playback.state')
    await expect.poll(async () => (await state()).subject?.kind).toBe('line')
    await expect(page.getByRole('button', { name: 'Pause line 1', exact: true })).toBeVisible()
    // It is heard to its end, which nobody knew when it began.
    await expect
      .poll(
        async () => {
          const { isPlaying, positionSamples, durationSamples, failure } = await state()
          return !isPlaying && failure === null && durationSamples === positionSamples && positionSamples > 24_000
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    const { output, durationSamples } = await state()
    expect(output.kind).toBe(kind)
    await expect(studio.row(1)).toHaveAttribute('data-mark', 'ready')
    await expect(studio.row(2)).toHaveAttribute('data-mark', 'never')
    const takes = await callMain(page, 'take.list', { projectId, takeIds: null })
    expect(takes.map((take) => take.durationSamples)).toEqual([durationSamples])
    await close()
  })
