import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, type Page, test } from 'playwright/test'
import { systemClock } from '../../src/main/clock/index.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../support/dashscope-server.ts'
import { startOpenAiSpeechServer } from '../support/openai-speech-server.ts'
import { cast, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/remote-engines')
const KEY = 'sk-right-1234'

const projectIdOf = async (page: Page) => {
  const [project] = await callMain(page, 'project.list')
  if (!project) throw new Error('there is a project')
  return project.projectId
}

test('engines elsewhere: added, tested, allowed, paid, changed and removed, by clicks alone', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  await using wcode = await startOpenAiSpeechServer('wcode')
  await using dashscope = await startDashscopeServer(systemClock)
  const { page, close } = await launch()
  await page.setViewportSize({ width: 1440, height: 900 })
  /** Whatever the window itself asks for, and of whom. */
  const askedByWindow: string[] = []
  page.on('request', (request) => askedByWindow.push(request.url()))
  page.on('websocket', (socket) => askedByWindow.push(socket.url()))
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { dialog, form, sending } = pages
  const shoot = (name: string) => page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
  /** Lines that were asked for; tests say a sentence of their own. */
  const linesAsked = () => wcode.speeches().filter(({ input }) => !String(input).startsWith('你好'))
  await studio.home.waitFor()

  // A service with a price: what is missing is shown, the test is heard, and it is kept.
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^OpenAI-compatible/)
  await expect(form.getByLabel('Name', { exact: true })).toBeFocused()
  await form.getByLabel('Name', { exact: true }).fill('Cloud')
  await form.getByTestId('member-address').fill('nowhere')
  await pages.submit('Add engine')
  await expect(form.getByTestId('member-address')).toBeFocused()
  await expect(form.getByTestId('member-address')).toHaveAttribute('aria-invalid', 'true')
  await form.getByTestId('member-address').fill(wcode.baseUrl)
  await pages.enterKey('sk-wrong')
  await form.getByTestId('remote-trial').getByRole('button', { name: 'Test' }).click()
  await expect(form.getByTestId('member-trial')).toHaveAttribute('data-result', 'failed')
  await form.getByTestId('member-trial').getByRole('button', { name: 'Enter the key' }).click()
  await expect(form.getByTestId('member-key')).toBeFocused()
  await pages.enterKey(KEY)
  await form.getByTestId('remote-trial').getByRole('button', { name: 'Test again' }).click()
  await expect(form.getByTestId('member-trial')).toHaveAttribute('data-result', 'spoken')
  await shoot('tested')
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)
  const card = page.locator('[data-remote]').filter({ hasText: 'Cloud' })
  await expect(card.getByTestId('remote-member')).toContainText('sk-***1234')
  await expect(card.getByTestId('remote-member')).toHaveAttribute('data-state', 'ready')
  await shoot('added')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)

  // Draft speech first; then the same lines and voices by the cloud, once that is allowed.
  await createProject(page, 'River', '# One\n\nThe river was quiet.\n\n夜色渐深。\n\nNobody came.\n')
  await studio.open('River')
  await cast(studio, 'voiceId', 'longanyang', 'Comes with Cloud')
  await page.keyboard.press('Control+Alt+Enter')
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })
  expect(linesAsked()).toEqual([])
  await cast(studio, 'engineId', 'Cloud')
  await expect(studio.marked('stale')).toHaveCount(3)
  await page.locator('[data-action="render.project"]').click()
  await expect(sending.getByTestId('estimate')).toContainText('Cloud')
  await expect(sending.getByTestId('estimate-cost')).toContainText('CN¥')
  const render = dialog.getByRole('button', { name: 'Render 3 lines' })
  await expect(render).toBeDisabled()
  await page.keyboard.press('Escape')
  await expect(sending).toHaveCount(0)
  expect(linesAsked()).toEqual([])
  await page.locator('[data-action="render.project"]').click()
  await sending.getByRole('checkbox', { name: "Send this project's text to Cloud" }).check()
  await shoot('asked')
  await render.click()
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })
  await queueIsIdle(page)
  expect(linesAsked().map(({ input, voice }) => [input, voice])).toContainEqual(['夜色渐深。', 'longanyang'])
  expect(linesAsked()).toHaveLength(3)
  await expect(page.getByTestId('spent-button')).toContainText('CN¥0.0')
  await shoot('rendered')

  // One line goes back to the draft and to the cloud again: its voice stays, and its takes are there.
  await studio.select(2)
  await cast(studio, 'engineId', 'Draft voice (draft)')
  await expect(studio.marked('ready')).toHaveCount(3)
  await expect(studio.inspector.locator('[data-direction-field="voiceId"] option:checked')).toHaveText('longanyang')
  await cast(studio, 'engineId', 'Cloud')
  await expect(studio.marked('ready')).toHaveCount(3)
  expect(linesAsked()).toHaveLength(3)

  // Another service, for one line; playing it asks, and then plays.
  await page.getByTestId('spent-button').click()
  await pages.addEngine(/^DashScope/)
  await form.getByTestId('member-address').fill(dashscope.url)
  await pages.enterKey(DASHSCOPE_KEY)
  await form.getByTestId('remote-trial').getByRole('button', { name: 'Test' }).click()
  await expect(form.getByTestId('member-trial')).toHaveAttribute('data-result', 'spoken')
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await studio.select(3)
  await cast(studio, 'engineId', 'DashScope')
  await cast(studio, 'voiceId', 'longanyang', 'Comes with DashScope')
  await studio.row(3).getByRole('button', { name: 'Play line 3' }).click()
  await sending.getByRole('checkbox', { name: "Send this project's text to DashScope" }).check()
  await dialog.getByRole('button', { name: 'Allow' }).click()
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })
  // It has no routes for voices, for which a test asks.
  expect(dashscope.complaints.filter((complaint) => complaint !== 'no such path')).toEqual([])
  expect(dashscope.tasks.flatMap(({ texts }) => texts)).toContain('Nobody came.')

  // What it cost, by engine and project.
  await page.getByTestId('spent-button').click()
  const usage = page.getByTestId('usage-table').first()
  await expect(usage.getByRole('row', { name: /^Cloud River \d+ 3 / })).toBeVisible()
  await expect(usage.getByRole('row', { name: /^DashScope River \d+ 1 / })).toBeVisible()
  await usage.scrollIntoViewIfNeeded()
  await shoot('usage')

  // A limit stops the next line, and the way to raise it leads to the field.
  await card.getByRole('button', { name: 'Change Cloud', exact: true }).click()
  await form.getByLabel('Name', { exact: true }).fill('Cloud two')
  await form.getByTestId('monthly-limit').fill('0.01')
  await pages.submit('Save')
  await expect(form).toHaveCount(0)
  await expect(page.locator('[data-remote]').filter({ hasText: 'Cloud two' })).toContainText('of CN¥0.01')
  expect((await callMain(page, 'remote.list')).engines[0]?.keyHints).toMatchObject({})
  await page.keyboard.press('Escape')
  await studio.retype(1, 'The river was very quiet, and so was everything else along its banks, all night long.')
  await studio.select(1)
  await page.keyboard.press('Control+Enter')
  await expect(sending).toContainText('monthly limit')
  await dialog.getByRole('button', { name: 'Render 1 line' }).click()
  await expect(studio.marked('failed')).toHaveCount(1, { timeout: 30_000 })
  await studio.row(1).getByRole('button', { name: 'Raise the limit' }).click()
  await expect(form.getByTestId('monthly-limit')).toBeFocused()
  await shoot('raise-limit')
  await form.getByTestId('monthly-limit').fill('10')
  await pages.submit('Save')
  await expect(form).toHaveCount(0)
  await page.keyboard.press('Escape')

  // Offline it is not asked, and the title bar says so.
  await page.keyboard.press('Control+,')
  const staysOffline = dialog.getByRole('checkbox', { name: 'Stay offline' })
  // It shows what is kept, which is a moment later.
  await staysOffline.click()
  await expect(staysOffline).toBeChecked()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('offline-sign')).toBeVisible()
  const asked = wcode.requests.length
  await studio.select(1)
  await page.keyboard.press('Control+Enter')
  await dialog.getByRole('button', { name: 'Render 1 line' }).click()
  await expect(studio.row(1).locator('[data-error="cloud.offline"]')).toBeVisible({ timeout: 30_000 })
  expect(wcode.requests).toHaveLength(asked)
  await shoot('offline')
  await callMain(page, 'settings.change', { staysOffline: false })

  // Removed: its takes stay, and its lines say what they miss.
  await page.getByTestId('spent-button').click()
  const remove = page.getByRole('button', { name: 'Remove Cloud two', exact: true })
  await remove.click()
  await page.keyboard.press('Escape')
  await expect(remove).toBeFocused()
  await page.keyboard.press('Enter')
  await dialog.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.locator('[data-remote]')).toHaveCount(1)
  await expect(dialog.getByRole('button', { name: 'Add engine…' })).toBeFocused()
  const takes = await callMain(page, 'take.list', { projectId: await projectIdOf(page), takeIds: null })
  expect(takes.filter(({ engineId }) => engineId.startsWith('openai'))).toHaveLength(3)

  // The window asked nobody but the app, online and offline.
  const { host } = new URL(page.url())
  const isApp = (url: string): boolean => /^(data|blob):/.test(url) || new URL(url).host === host
  expect(askedByWindow.length).toBeGreaterThan(0)
  expect(askedByWindow.filter((url) => !isApp(url))).toEqual([])
  await close()
})
