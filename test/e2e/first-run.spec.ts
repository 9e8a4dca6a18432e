import { expect, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, StudioPage } from './support/studio-page.ts'

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
