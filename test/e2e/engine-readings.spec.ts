import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { DASHSCOPE_KEY } from '../support/dashscope-server.ts'
import { EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/engine-readings')

test('how words are read is said with the engine, by keyboard alone, and asked for where it is incomplete', async () => {
  mkdirSync(folder, { recursive: true })
  const { page, close } = await launch()
  await page.setViewportSize({ width: 1440, height: 900 })
  const { keyboard } = page
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { form } = pages
  await studio.home.waitFor()
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^DashScope/)
  const readings = form.getByTestId('fixes-readings')
  const replacements = form.getByTestId('fixes-replacements')
  await pages.enterKey(DASHSCOPE_KEY)
  await readings.getByRole('button', { name: 'Add reading' }).focus()
  await keyboard.press('Enter')
  await expect(form.getByLabel('Reading 1: written')).toBeFocused()
  await keyboard.type('草地')
  await pages.submit('Add engine')
  await expect(form.getByLabel('Reading 1: pinyin')).toBeFocused()
  await expect(readings).toContainText('Fill in both, or remove the row.')
  await page.screenshot({ path: path.join(folder, 'incomplete.png'), animations: 'disabled' })
  await keyboard.type('cao3 di4')
  // Esc asks before anything that was typed is lost, as often as it is pressed.
  const question = page.getByRole('alertdialog', { name: 'Discard what was changed in this form?' })
  for (const _ of [1, 2, 3]) {
    await keyboard.press('Escape')
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await keyboard.press('Escape')
    await expect(question).toHaveCount(0)
    await expect(form.getByLabel('Reading 1: pinyin')).toBeFocused()
  }
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await expect(readings.getByRole('button', { name: 'Add reading' })).toBeFocused()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(form.getByLabel('Replacement 1: written')).toBeFocused()
  await keyboard.type('今天')
  await keyboard.press('Tab')
  await keyboard.type('金天')
  await form.getByLabel('Do not say the marks of Markdown').press('Space')
  await page.screenshot({ path: path.join(folder, 'complete.png'), animations: 'disabled' })
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)
  const connections = async () => (await callMain(page, 'remote.list')).engines.map(({ engine }) => engine.connection)
  expect(await connections()).toMatchObject([
    {
      fixes: {
        readings: [{ written: '草地', said: 'cao3 di4' }],
        replacements: [{ written: '今天', said: '金天' }],
        isMarkdownFiltered: true,
      },
    },
  ])

  // They are there when the engine is changed, gone with a model that cannot be told, and back with one that can.
  await page
    .locator('[data-remote]')
    .getByRole('button', { name: /Change/ })
    .click()
  await expect(form.getByLabel('Reading 1: pinyin')).toHaveValue('cao3 di4')
  await form.getByLabel('Model').selectOption('cosyvoice-v3-plus')
  await expect(readings).toHaveCount(0)
  await form.getByLabel('Model').selectOption('cosyvoice-v3-flash')
  await readings.getByRole('button', { name: 'Remove reading 1' }).click()
  await expect(readings.getByRole('button', { name: 'Add reading' })).toBeFocused()
  await expect(replacements.getByRole('listitem')).toHaveCount(1)
  await form.getByLabel('Model').selectOption('cosyvoice-v3-plus')
  await keyboard.press('Escape')
  await question.getByRole('button', { name: 'Discard' }).click()
  await expect(form).toHaveCount(0)
  expect((await connections())[0]).toMatchObject({ fixes: { readings: [{ written: '草地' }] } })
  await page
    .locator('[data-remote]')
    .getByRole('button', { name: /Change/ })
    .click()
  await keyboard.press('Escape')
  await expect(form).toHaveCount(0)
  await page
    .locator('[data-remote]')
    .getByRole('button', { name: /Change/ })
    .click()
  await form.getByLabel('Model').selectOption('cosyvoice-v3-plus')
  await pages.submit('Save')
  await expect(form).toHaveCount(0)
  expect((await connections())[0]).not.toHaveProperty('fixes')
  await close()
})
