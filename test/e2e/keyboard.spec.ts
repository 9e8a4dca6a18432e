import { expect, type Page, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, createProject, StudioPage } from './support/studio-page.ts'

/** Interactive elements that a screen reader would call by no name. */
const nameless = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'button, input, select, textarea, [role=button], [role=tab], [role=grid]',
      ),
    ]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const labelledBy = element.getAttribute('aria-labelledby')?.split(' ') ?? []
        const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : []
        const texts = [
          element.getAttribute('aria-label'),
          ...labelledBy.map((id) => document.getElementById(id)?.textContent),
          ...labels.map((label) => label.textContent),
          element.title,
          element.matches('button, [role=button], [role=tab]') ? element.textContent : null,
        ]
        return texts.every((text) => !text?.trim())
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  )

const texts = (studio: StudioPage): Promise<string[]> => studio.rows.getByTestId('line-text').allTextContents()

test('a script is written, changed, rendered and played by keyboard alone', async () => {
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  await createProject(page, 'Keys', 'One.\nTwo.\nThree.\n')
  expect(await nameless(page)).toEqual([])

  // To the project by Tab and Enter.
  const card = page.getByTestId('project-card').getByRole('button', { name: 'Keys', exact: true })
  for (let presses = 0; presses < 20 && !(await card.evaluate((e) => e === document.activeElement)); presses++)
    await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await studio.rows.first().waitFor()
  await studio.list.focus()

  // Write.
  await page.keyboard.press('Home')
  await expect(studio.row(1)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('First half, second half.')
  for (let back = 0; back < 'second half.'.length; back++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Control+k')
  await expect.poll(() => studio.rows.count()).toBe(4)
  await page.keyboard.press('Escape')
  expect(await texts(studio)).toEqual(['First half,', 'second half.', 'Two.', 'Three.'])

  // Merge, duplicate, move, insert, remove; then take all of it back.
  await studio.list.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Control+m')
  await expect.poll(() => texts(studio)).toEqual(['First half, second half.', 'Two.', 'Three.'])
  await page.keyboard.press('Control+d')
  await expect
    .poll(() => texts(studio))
    .toEqual(['First half, second half.', 'First half, second half.', 'Two.', 'Three.'])
  await page.keyboard.press('Alt+ArrowDown')
  await expect
    .poll(() => texts(studio))
    .toEqual(['First half, second half.', 'Two.', 'First half, second half.', 'Three.'])
  await page.keyboard.press('Delete')
  await expect.poll(() => texts(studio)).toEqual(['First half, second half.', 'Two.', 'Three.'])
  await page.keyboard.press('Shift+Enter')
  await studio.editor.waitFor()
  await page.keyboard.type('A new line.')
  await page.keyboard.press('Escape')
  await expect.poll(async () => (await texts(studio)).includes('A new line.')).toBe(true)
  expect(await nameless(page)).toEqual([])
  await studio.list.focus()
  const isBack = async (): Promise<boolean> => (await texts(studio)).join() === 'One.,Two.,Three.'
  for (let undos = 0; undos < 12 && !(await isBack()); undos++) {
    await page.keyboard.press('Control+z')
    // Main has answered the undo when it answers what was asked after it.
    await callMain(page, 'app.info')
  }
  await expect.poll(isBack).toBe(true)
  await page.keyboard.press('Control+Shift+z')
  await page.keyboard.press('Control+z')

  // Render, hear.
  await page.keyboard.press('Control+Alt+Enter')
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })
  await page.keyboard.press('Space')
  await expect.poll(async () => (await callMain(page, 'playback.state')).isPlaying).toBe(true)
  await page.keyboard.press('Space')
  await expect.poll(async () => (await callMain(page, 'playback.state')).isPlaying).toBe(false)

  // The sheet of shortcuts, and the export dialog: open, named, closed again.
  for (const keys of ['?', 'Control+e', 'Control+,']) {
    await page.keyboard.press(keys)
    await expect(page.getByRole('dialog')).toBeVisible()
    expect(await nameless(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await close()
})
