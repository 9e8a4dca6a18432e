import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const root = path.resolve(import.meta.dirname, '../..')
/** `npm run screenshots` renews the pictures of the documentation; every other run keeps its own beside its results. */
const folder = path.join(root, process.env.COSY_SCREENSHOTS ?? 'test-results/screenshots')

test('pictures of the window: home, project, rendering, an error, export', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  const { page, app, userData, close } = await launch()
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  const shoot = async (name: string): Promise<void> => {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
  }
  const look = async (theme: 'light' | 'dark', language: 'en' | 'zh-Hans'): Promise<void> => {
    await callMain(page, 'settings.change', { theme, language })
    await expect(page.locator('html')).toHaveAttribute('lang', language)
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
  }

  await studio.home.waitFor()
  await look('light', 'en')
  await shoot('home-empty-light-en')
  await page
    .getByRole('button', { name: /sample/i })
    .first()
    .click()
  await studio.window.waitFor()
  await expect(studio.marked('ready').first()).toBeVisible({ timeout: 30_000 })
  await shoot('rendering-light-en')
  await queueIsIdle(page)
  await studio.select(5)
  for (const theme of ['light', 'dark'] as const)
    for (const language of ['en', 'zh-Hans'] as const) {
      await look(theme, language)
      await shoot(`project-${theme}-${language === 'en' ? 'en' : 'zh'}`)
    }
  await look('light', 'en')

  // Export: the dialog, then what it made.
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
  }, userData)
  await page.keyboard.press('Control+e')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /choose/i }).click()
  await dialog.getByRole('checkbox', { name: /mp3/i }).check()
  await dialog.getByRole('checkbox', { name: /opus/i }).check()
  await shoot('export-light-en')
  await dialog.getByRole('button', { name: /^export/i }).click()
  await expect(page.getByTestId('export-result')).toBeVisible({ timeout: 60_000 })
  await expect(page.getByTestId('export-result').getByRole('row')).toHaveCount(4)
  await shoot('export-done-light-en')
  await page.keyboard.press('Escape')

  // A script that the draft voice cannot read.
  await page.keyboard.press('Control+o')
  await studio.home.waitFor()
  await shoot('home-light-en')
  await createProject(
    page,
    'Letters',
    'Dear Lin, the boat leaves at midnight.\nᐃᓄᒃᑎᑐᑦ ᐅᖃᓕᒫᖅᑐᖅ\nPlease bring the recorder.\n',
  )
  await studio.open('Letters')
  await page.keyboard.press('Control+Alt+Enter')
  await expect(studio.marked('failed')).toHaveCount(1, { timeout: 30_000 })
  await queueIsIdle(page)
  await studio.queueButton.click()
  await expect(page.getByTestId('queue-panel')).toBeVisible()
  await shoot('queue-error-light-en')
  await look('dark', 'zh-Hans')
  await shoot('queue-error-dark-zh')
  await close()
})
