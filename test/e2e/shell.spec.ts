import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { ACTION_TABLE } from '../../src/shared/actions/index.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, StudioPage } from './support/studio-page.ts'

test('the application menu lists the actions, greys out what makes no sense, and runs what is chosen', async () => {
  const { app, page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const listed = ACTION_TABLE.filter(({ menu }) => menu !== null).map(({ id }) => id)
  const itemsOf = () =>
    app.evaluate(
      ({ Menu }, ids) => ids.map((id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.enabled ?? 'missing'),
      listed as string[],
    )
  expect(await itemsOf()).not.toContain('missing')
  await expect.poll(async () => (await itemsOf())[listed.indexOf('render.project')]).toBe(false)
  await createProject(page, 'Menu', 'One.\nTwo.\n')
  await studio.open('Menu')
  await expect.poll(async () => (await itemsOf())[listed.indexOf('render.project')]).toBe(true)
  await app.evaluate(({ Menu }) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById('settings.open')
    item?.click()
  })
  await expect(page.getByRole('dialog')).toBeVisible()

  // The menu speaks the language of the settings.
  await callMain(page, 'settings.change', { language: 'zh-Hans' })
  const label = () => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('file')?.label)
  await expect.poll(label).toBe('文件')
  await close()
})

test('the window opens where it was closed, with its settings', async () => {
  const first = await launch()
  await first.page.getByTestId('home').waitFor()
  await first.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1111, height: 777 }),
  )
  await callMain(first.page, 'settings.change', { theme: 'dark', zoomFactor: 1.25 })
  await first.app.close()
  const second = await launch({ userData: first.userData })
  await second.page.getByTestId('home').waitFor()
  const bounds = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())
  expect(bounds).toEqual({ x: 40, y: 30, width: 1111, height: 777 })
  await expect(second.page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await second.close()
  rmSync(first.userData, { recursive: true, force: true })
})

test('a script goes in and comes out character for character', async () => {
  const { app, page, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const text =
    '# 第一章\r\n\r\n　　夜色渐深。 \r\n林晚：你怎么才来？\r\n【老周】路上堵。\r\n\r\n\r\nAnna: Then we *leave* tonight.\r\n\r\n## Two\r\n\r\nThe end'
  const source = path.join(userData, '夜.md')
  const target = path.join(userData, 'out.md')
  writeFileSync(source, text)
  await app.evaluate(
    ({ dialog }, [open, save]) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [open ?? ''] })
      dialog.showSaveDialog = async () => ({ canceled: false, filePath: save ?? '' })
    },
    [source, target],
  )
  await page
    .getByRole('button', { name: /import/i })
    .first()
    .click()
  await expect(page.getByTestId('import-preview')).toContainText('老周')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^import|^add|^replace/i })
    .last()
    .click()
  await studio.rows.first().waitFor()
  await expect(studio.rows).toHaveCount(5)
  const [project] = await callMain(page, 'project.list')
  if (!project) throw new Error('no project')
  await callMain(page, 'script.export', { projectId: project.projectId, format: 'markdown' })
  expect(readFileSync(target, 'utf8')).toBe(text)
  await close()
})

test('a file that is no script is refused in the window, with what to do, and nothing changes', async () => {
  const { app, page, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const file = path.join(userData, 'picture.txt')
  writeFileSync(file, Buffer.from('89504e470d0a1a0a0000000d4948445200000001', 'hex'))
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
  }, file)
  await page
    .getByRole('button', { name: /import/i })
    .first()
    .click()
  await expect(page.locator('[data-error="script.not-text"]')).toBeVisible()
  await expect(page.locator('[data-error="script.not-text"]')).toContainText(/not a text file/i)
  expect(await callMain(page, 'project.list')).toEqual([])
  await close()
})
