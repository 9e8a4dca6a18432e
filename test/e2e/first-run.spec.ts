import os from 'node:os'
import { expect, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

test('the first run ends in sound: sample, Space, and the text follows', async () => {
  const { page, close } = await launch()
  const startedMs = performance.now()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await page
    .getByRole('button', { name: /sample/i })
    .first()
    .click()
  await studio.window.waitFor()
  await expect(studio.marked('ready').first()).toBeVisible({ timeout: 30_000 })
  await studio.list.focus()
  await page.keyboard.press('Space')
  await expect(async () => {
    const state = await callMain(page, 'playback.state')
    expect(state.isPlaying).toBe(true)
    expect(state.durationSamples).toBeGreaterThan(0)
  }).toPass()
  expect(performance.now() - startedMs).toBeLessThan(60_000)

  // The playhead moves on, and the line that sounds is marked.
  const before = await page.getByTestId('position').textContent()
  await expect(page.getByTestId('position')).not.toHaveText(before ?? '')
  await expect(page.getByTestId('output-state')).toContainText(/\w/)
  await page.keyboard.press('Space')
  await expect(async () => {
    expect((await callMain(page, 'playback.state')).isPlaying).toBe(false)
  }).toPass()
  await close()
})

test('where no device opens, the window plays by itself and says so', async () => {
  const { page, close } = await launch({ env: { ALSA_CONFIG_PATH: os.devNull } })
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await callMain(page, 'settings.change', { audioOutput: 'portaudio' })
  const projectId = await createProject(page, 'Heard', 'Can anybody hear this?\n')
  await callMain(page, 'render.enqueue', { projectId, scope: { kind: 'project' } })
  await queueIsIdle(page)
  await studio.open('Heard')
  await studio.list.focus()
  await page.keyboard.press('Space')
  await expect.poll(async () => (await callMain(page, 'playback.state')).output.kind).toBe('web')
  const state = await callMain(page, 'playback.state')
  expect(state.output.fallback?.code).toBe('audio.device-unavailable')
  await expect(page.getByTestId('output-state')).toContainText(/web audio/i)
  // It is heard to its end, and then it rests there.
  await expect
    .poll(async () => {
      const { isPlaying, positionSamples, durationSamples } = await callMain(page, 'playback.state')
      return !isPlaying && positionSamples === durationSamples
    })
    .toBe(true)
  await close()
})
