import { expect, test } from 'playwright/test'
import { systemClock } from '../../src/main/clock/index.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../support/dashscope-server.ts'
import { cast, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, StudioPage } from './support/studio-page.ts'

const LINE = '江水很静，没有人来。'
const MS_PER_SIGN = 250

test('the word that is heard is marked in its line, where the engine says when words are heard', async () => {
  test.setTimeout(120_000)
  const soundOf = (text: string) =>
    Array.from({ length: [...text].length * MS_PER_SIGN * 24 }, (_, n) => 0.2 * Math.sin(n / 20))
  await using dashscope = await startDashscopeServer(systemClock, { soundOf })
  const { page, close } = await launch()
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  await studio.home.waitFor()
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^DashScope/)
  await pages.form.getByLabel('Name', { exact: true }).fill('Bailian')
  await pages.form.getByTestId('member-address').fill(dashscope.url)
  await pages.enterKey(DASHSCOPE_KEY)
  await pages.submit('Add engine')
  await expect(pages.form).toHaveCount(0)
  await page.keyboard.press('Escape')
  const projectId = await createProject(page, 'River', `${LINE}\n\nNobody came.\n`)
  await studio.open('River')
  await cast(studio, 'engineId', 'Bailian')
  await cast(studio, 'voiceId', 'longxiaochun_v3', 'Comes with Bailian')
  await page.locator('[data-action="render.project"]').click()
  await pages.sending.getByRole('checkbox').first().check()
  await pages.dialog.getByRole('button', { name: 'Render 2 lines' }).click()
  await expect(studio.marked('ready')).toHaveCount(2, { timeout: 30_000 })

  const takes = await callMain(page, 'take.list', { projectId, takeIds: null })
  const take = takes.find(({ durationSamples }) => durationSamples === LINE.length * MS_PER_SIGN * 24)
  if (!take) throw new Error('there is a take as long as its line')
  const words = await callMain(page, 'take.words', { takeId: take.takeId })
  expect(words.map(({ text }) => text).join('')).toBe(LINE)
  expect(words[3]).toMatchObject({ text: '静', beginMs: 3 * MS_PER_SIGN, endMs: 4 * MS_PER_SIGN })

  /** Every mark that is seen from now on, until there is none any more. */
  const marks = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const seen: string[] = []
        const look = (): void => {
          const [range] = CSS.highlights.get('spoken-word') ?? []
          const text = range?.startContainer.textContent?.slice(range.startOffset, range.endOffset)
          if (range && text && seen.at(-1) !== `${range.startOffset} ${text}`) seen.push(`${range.startOffset} ${text}`)
          if (!range && seen.length > 0) resolve(seen)
          else requestAnimationFrame(look)
        }
        look()
      }),
  )
  await page.getByRole('button', { name: 'Play line 1', exact: true }).click()
  // Where playback is can be known better a moment later: a mark may go back and come again.
  const seen = [...new Set(await marks)]
  const all = [...LINE].map((sign, index) => `${index} ${sign}`)
  expect(all.filter((mark) => seen.includes(mark))).toEqual(seen)
  expect(seen.length).toBeGreaterThan(LINE.length / 2)
  await close()
})
