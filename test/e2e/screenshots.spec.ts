import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, type Page, test } from 'playwright/test'
import { systemClock } from '../../src/main/clock/index.ts'
import { promptRecording } from '../support/a-voice.ts'
import { startDashscopeAccount } from '../support/dashscope-account-server.ts'
import { DASHSCOPE_KEY } from '../support/dashscope-server.ts'
import { toneOf } from '../support/spoken-sound.ts'
import { cast, chooseFile, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const root = path.resolve(import.meta.dirname, '../..')
/** `npm run screenshots` renews the pictures of the documentation; every other run keeps its own beside its results. */
const folder = path.join(root, process.env.COSY_SCREENSHOTS ?? 'test-results/screenshots')

const shoot = async (page: Page, name: string): Promise<void> => {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
}
const look = async (page: Page, theme: 'light' | 'dark', language: 'en' | 'zh-Hans'): Promise<void> => {
  await callMain(page, 'settings.change', { theme, language })
  await expect(page.locator('html')).toHaveAttribute('lang', language)
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
}

test('pictures of the window: home, project, rendering, an error, export', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  const { page, app, userData, close } = await launch()
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await look(page, 'light', 'en')
  await shoot(page, 'home-empty-light-en')
  await page
    .getByRole('button', { name: /sample/i })
    .first()
    .click()
  await studio.window.waitFor()
  await expect(studio.marked('ready').first()).toBeVisible({ timeout: 30_000 })
  await shoot(page, 'rendering-light-en')
  await queueIsIdle(page)
  await studio.select(5)
  for (const theme of ['light', 'dark'] as const)
    for (const language of ['en', 'zh-Hans'] as const) {
      await look(page, theme, language)
      await shoot(page, `project-${theme}-${language === 'en' ? 'en' : 'zh'}`)
    }
  await look(page, 'light', 'en')

  // Export: the dialog, then what it made.
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
  }, userData)
  await page.keyboard.press('Control+e')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /choose/i }).click()
  await dialog.getByRole('checkbox', { name: /mp3/i }).check()
  await dialog.getByRole('checkbox', { name: /opus/i }).check()
  await shoot(page, 'export-light-en')
  await dialog.getByRole('button', { name: /^export/i }).click()
  await expect(page.getByTestId('export-result')).toBeVisible({ timeout: 60_000 })
  await expect(page.getByTestId('export-result').getByRole('row')).toHaveCount(4)
  await shoot(page, 'export-done-light-en')
  await page.keyboard.press('Escape')

  // A script that the draft voice cannot read.
  await page.keyboard.press('Control+o')
  await studio.home.waitFor()
  await shoot(page, 'home-light-en')
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
  await shoot(page, 'queue-error-light-en')
  await look(page, 'dark', 'zh-Hans')
  await shoot(page, 'queue-error-dark-zh')
  await close()
})

test('pictures of the window: engines elsewhere, their form, what is asked before sending, a voice at services', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  await using service = await startDashscopeAccount(systemClock, { soundOf: toneOf })
  const { page, app, userData, close } = await launch()
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { dialog, form, sending } = pages
  /** Both looks of what is shown, and back. */
  const shootBoth = async (name: string): Promise<void> => {
    await shoot(page, `${name}-light-en`)
    await look(page, 'dark', 'zh-Hans')
    await shoot(page, `${name}-dark-zh`)
    await look(page, 'light', 'en')
  }
  const openPage = async (name: 'Voices' | 'Engines'): Promise<void> => {
    await page.getByTestId('engine-label').click()
    await dialog.getByRole('tab', { name }).click()
  }
  await studio.home.waitFor()
  await look(page, 'light', 'en')

  // A service, as its form begins, and with what it needs.
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^DashScope/)
  const itsAddress = await form.getByTestId('member-address').inputValue()
  await pages.enterKey(DASHSCOPE_KEY)
  await form.getByTestId('monthly-limit').fill('50')
  await form.getByLabel('Name', { exact: true }).focus()
  await shootBoth('engine-form')
  await form.getByTestId('member-address').fill(service.url)
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)

  // Two servers of one's own.
  await pages.addEngine(/^OpenAI-compatible/)
  await form.getByLabel('Service').selectOption({ label: 'vLLM-Omni' })
  await form.getByLabel('Name', { exact: true }).fill('Studio servers')
  await form.getByTestId('member-address').fill('http://gpu-1.studio.example:8091/v1')
  await form.getByRole('button', { name: 'Add endpoint' }).click()
  await form.getByTestId('member-address').last().fill('http://gpu-2.studio.example:8091/v1')
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)

  // A voice, copied to the service.
  await chooseFile(app, promptRecording(path.join(userData, 'ferryman.wav'), { durationSec: 7 }).file)
  await dialog.getByRole('tab', { name: 'Voices' }).click()
  await pages.createVoice('Ferryman', 'The river was quiet, and the ferryman counted his coins by the lamp.')
  await dialog.getByRole('button', { name: 'Copies of Ferryman at services' }).click()
  await dialog.getByRole('button', { name: 'Copy to DashScope…' }).click()
  await page.getByTestId('copy-form').getByRole('checkbox').last().check()
  await pages.submit('Copy')
  await expect(page.getByTestId('copy')).toHaveAttribute('data-state', 'ready')
  await pages.close()

  // A few lines of a longer script, spoken there.
  await createProject(page, 'The Ferry', FERRY)
  await studio.open('The Ferry')
  await cast(studio, 'engineId', 'DashScope')
  await cast(studio, 'voiceId', 'Ferryman')
  await studio.select(1)
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Control+Enter')
  await sending.getByRole('checkbox', { name: /^Send this project/ }).check()
  await pages.submit('Render 3 lines')
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })
  await queueIsIdle(page)

  // What was on loopback stands at its own address, as it does for everybody.
  await openPage('Engines')
  await dialog.getByRole('button', { name: 'Change DashScope', exact: true }).click()
  await form.getByTestId('member-address').fill(itsAddress)
  await pages.submit('Save')
  await expect(form).toHaveCount(0)
  await expect(pages.card('DashScope')).toContainText(itsAddress)
  await dialog.getByRole('heading', { name: 'On other machines' }).evaluate((heading) => {
    heading.style.scrollMarginBlockStart = '1.5rem'
    heading.scrollIntoView()
  })
  await shootBoth('engines-elsewhere')
  await dialog.getByRole('tab', { name: 'Voices' }).click()
  await dialog.getByRole('button', { name: 'Copies of Ferryman at services' }).click()
  await shootBoth('voice-copies')
  await pages.close()

  // The rest, at both.
  await studio.select(6)
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await cast(studio, 'engineId', 'Studio servers')
  await page.keyboard.press('Control+Alt+Enter')
  await expect(sending.getByTestId('estimate')).toHaveCount(2)
  await shootBoth('sending')
  await close()
})

const FERRY = `# The Ferry

The river was quiet at dusk.

Nobody came to the landing.

夜色渐深，岸上没有人。

A lamp burned in the last house.

船夫把绳子系在木桩上。

He counted the coins twice, and then a third time.

Somebody had left a coat on the bench.

远处传来钟声。

He waited until the lamp went out.

In the morning the boat was gone.
`
