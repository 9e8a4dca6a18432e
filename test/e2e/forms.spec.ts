import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type ElectronApplication, expect, type Page, test } from 'playwright/test'
import { EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, queueIsIdle, StudioPage } from './support/studio-page.ts'

/** What the system's dialogs answer from now on. */
const choose = (app: ElectronApplication, chosen: string): Promise<void> =>
  app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [file] })
  }, chosen)
const openModels = (page: Page): Promise<void> => page.getByRole('button', { name: 'Models', exact: true }).click()

test('a dialog that asks for something begins at its first field; Esc is the way back, and Enter does it', async () => {
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const begin = page.getByRole('button', { name: 'New project' })
  await begin.click()
  const title = page.getByRole('dialog').getByLabel('Title')
  await expect(title).toBeFocused()
  await page.keyboard.type('Left behind')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(begin).toBeFocused()
  expect(await callMain(page, 'project.list')).toEqual([])

  await page.keyboard.press('Enter')
  await page.keyboard.type('Harbour')
  await page.keyboard.press('Enter')
  await studio.window.waitFor()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(await callMain(page, 'project.list')).toMatchObject([{ title: 'Harbour' }])
  await close()
})

test('what went wrong stands above the foot, with a way on', async () => {
  const { page, app, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const script = path.join(userData, 'gone.txt')
  writeFileSync(script, 'Soon gone.\n')
  await choose(app, script)
  await page.getByRole('button', { name: /^Import a script/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Import 1 line' })).toBeEnabled()
  // The file becomes something else in between: the project that was made is taken back, and the dialog stays.
  writeFileSync(script, Buffer.from([0xff, 0xd8, 0xff, 0x00, 0x10, 0x00]))
  await dialog.getByRole('button', { name: 'Import 1 line' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  expect(await callMain(page, 'project.list')).toEqual([])
  await dialog.getByRole('button', { name: 'Other text…' }).click()
  await expect(dialog.getByRole('alert')).toHaveCount(0)
  await close()
})

test('Enter in a number takes the number over, and the next one sends the form', async () => {
  const { page, app, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await page
    .getByRole('button', { name: /sample/i })
    .first()
    .click()
  await expect(studio.marked('ready').first()).toBeVisible({ timeout: 30_000 })
  await queueIsIdle(page)
  await choose(app, userData)
  await page.keyboard.press('Control+e')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Choose…' }).click()
  await dialog.getByRole('checkbox', { name: /wav/i }).uncheck()
  await dialog.getByRole('checkbox', { name: /opus/i }).check()
  const bitrate = page.getByTestId('format-opus').getByLabel('Bit rate')
  await bitrate.fill('9999')
  await page.keyboard.press('Enter')
  await expect(bitrate).toHaveValue('256')
  await expect(dialog.getByRole('button', { name: 'Export 1 file' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('export-result')).toBeVisible({ timeout: 60_000 })
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await close()
})

test('a model is accepted with its licence and the host it comes from, or not; the page below stays', async () => {
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await openModels(page)
  const [model] = (await callMain(page, 'model.list')).available
  const install = page.getByTestId('available-model').first().getByRole('button')
  await install.click()
  const form = page.getByTestId('install-form')
  const hosts = (model?.mirrors ?? []).map(({ host }) => host)
  expect(hosts.length).toBeGreaterThan(1)
  for (const host of hosts) await expect(form.getByTestId('download-host')).toContainText(host)
  await form.getByLabel('Download from').selectOption({ label: 'An address of your own…' })
  await form.getByLabel('Address').fill('https://mirror.example/files')
  await expect(form.getByTestId('download-host')).toContainText('mirror.example')
  await page.keyboard.press('Escape')
  await expect(form).toHaveCount(0)
  await expect(page.getByTestId('page-models')).toBeVisible()
  await expect(install).toBeFocused()
  await close()
})

test('models are kept where a person wants them, at once, and the usual folder is not forgotten', async () => {
  const { page, app, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const usual = (await callMain(page, 'model.list')).directory
  const drive = path.join(userData, 'drive')
  mkdirSync(drive)
  writeFileSync(path.join(drive, 'taxes.old'), 'mine')
  await choose(app, drive)
  await page.keyboard.press('Control+,')
  const shown = page.getByTestId('models-folder')
  await expect(shown).toHaveText(usual)
  const own = path.join(drive, 'Cosy Studio models')
  const chooseButton = shown.locator('..').getByRole('button', { name: 'Choose…' })
  await chooseButton.click()
  await expect(shown).toHaveText(own)
  expect((await callMain(page, 'settings.get')).modelsDirectory).toBe(own)
  expect((await callMain(page, 'model.list')).directory).toBe(own)
  await page.getByRole('button', { name: 'Usual folder' }).click()
  await expect(shown).toHaveText(usual)
  await expect(chooseButton).toBeFocused()
  await close()
})

test('a form that may not be left yet stays, however often Esc is pressed', async () => {
  const { page, close } = await launch()
  const pages = new EnginePages(page)
  await new StudioPage(page).home.waitFor()
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^DashScope/)
  const name = pages.form.getByLabel('Name', { exact: true })
  await name.fill('Mine')
  for (const _ of [1, 2, 3, 4, 5]) {
    await name.focus()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('alertdialog')).toBeVisible()
  }
  await expect(name).toHaveValue('Mine')
  await close()
})
