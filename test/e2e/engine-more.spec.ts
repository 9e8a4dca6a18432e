import { expect, test } from 'playwright/test'
import { EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, StudioPage } from './support/studio-page.ts'

test('what few people say of an engine is out of the way, opens by keyboard, and by itself where it is wrong', async () => {
  const { page, close } = await launch()
  const { keyboard } = page
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { form } = pages
  await studio.home.waitFor()
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^OpenAI-compatible/)
  await form.getByLabel('Service', { exact: true }).selectOption({ label: 'Another one' })
  await form.getByTestId('member-address').fill('http://127.0.0.1:9/v1')
  await form.getByLabel('Model', { exact: true }).fill('m')
  const more = form.getByTestId('more-fields')
  const extra = form.getByLabel('Other fields')
  await expect(extra).toBeHidden()
  await more.first().locator('summary').focus()
  await keyboard.press('Enter')
  await extra.fill('{ "temperature": ')
  await more.first().locator('summary').click()
  await expect(extra).toBeHidden()
  await pages.submit('Add engine')
  await expect(extra).toBeFocused()
  await extra.fill('{ "temperature": 0.7 }')
  await form.getByLabel('Most text a request').fill('500')
  await more.last().locator('summary').focus()
  await keyboard.press('Enter')
  await form.getByLabel('Key goes in').selectOption('X-Api-Key')
  await pages.submit('Add engine')
  await expect(form).toHaveCount(0)
  expect((await callMain(page, 'remote.list')).engines.map(({ engine }) => engine)).toMatchObject([
    {
      connection: { mostText: 500, extra: { temperature: 0.7 } },
      members: [{ keyHeader: { name: 'X-Api-Key', scheme: null } }],
    },
  ])
  // Where something was said it is seen at once.
  await page
    .locator('[data-remote]')
    .getByRole('button', { name: /Change/ })
    .click()
  await expect(form.getByLabel('Most text a request')).toHaveValue('500')
  await expect(form.getByLabel('Key goes in')).toHaveValue('X-Api-Key')
  await close()
})
