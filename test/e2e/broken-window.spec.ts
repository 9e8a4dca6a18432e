import { expect, type Page, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, StudioPage } from './support/studio-page.ts'

/** From now on, whatever asks for it cannot be drawn. */
const breakDrawing = (page: Page, what: 'languages' | 'title'): Promise<void> =>
  page.evaluate((broken) => {
    const fail = (): never => {
      throw new Error('broken on purpose')
    }
    if (broken === 'languages') Object.defineProperty(Intl, 'DisplayNames', { value: fail })
    else Object.defineProperty(document, 'title', { set: fail })
  }, what)

test('a dialog that cannot be drawn is closed and said, and the window stays', async () => {
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await breakDrawing(page, 'languages')
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await expect(page.locator('[data-error="internal.bug"]')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(studio.home).toBeVisible()
  await close()
})

test('a window that cannot be drawn says so, and is loaded again with everything there', async () => {
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await page.getByRole('button', { name: 'New project' }).click()
  await page.keyboard.type('Harbour')
  await breakDrawing(page, 'title')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('broken-window')).toBeVisible()
  await expect(page.getByTestId('broken-window').locator('[data-error="internal.bug"]')).toBeVisible()
  await page.getByRole('button', { name: 'Load the window again' }).click()
  await studio.home.waitFor()
  await expect(page.getByText('Harbour')).toBeVisible()
  expect(await callMain(page, 'project.list')).toMatchObject([{ title: 'Harbour' }])
  await close()
})
