import { chromium, type Page } from 'playwright'
import { CHROMIUM_ARGS } from './chromium-args.ts'
import { serveRenderer } from './serve-renderer.ts'

const KEYS = 200
const PAUSE_MS = 45
const REST_MS = 350

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

/** Milliseconds from each key to the first frame after it was painted. */
const keyToPaint = async (page: Page): Promise<number[]> => {
  await page.evaluate(() => {
    const took: number[] = []
    Reflect.set(window, 'keyToPaintMs', took)
    window.addEventListener(
      'keydown',
      ({ timeStamp }) => {
        requestAnimationFrame(() => {
          const channel = new MessageChannel()
          // The message is handled after the frame that requestAnimationFrame prepared.
          channel.port1.onmessage = () => took.push(performance.now() - timeStamp)
          channel.port2.postMessage(null)
        })
      },
      { capture: true },
    )
  })
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press(key % 12 === 11 ? 'Space' : 'e')
    // Now and then typing rests, and the text is taken over into the document.
    await page.waitForTimeout(key % 20 === 19 ? REST_MS : PAUSE_MS)
  }
  return page.evaluate(() => Reflect.get(window, 'keyToPaintMs'))
}

/** Longest stretches in which the page could not answer. */
const longTasks = (page: Page): Promise<number[]> => page.evaluate(() => Reflect.get(window, 'longTasksMs') ?? [])

/** How the window does with a book of 10,000 lines. `node measure.ts [lines]` */
const lines = Number(process.argv[2] ?? 10_000)
const served = await serveRenderer()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM_ARGS })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
await page.goto(`${served.url}?lines=${lines}&chapters=40&rendered=0.9`)
await page.getByTestId('project-card').waitFor()
await page.evaluate(() => {
  const tasks: number[] = []
  Reflect.set(window, 'longTasksMs', tasks)
  new PerformanceObserver((list) =>
    tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration))),
  ).observe({
    type: 'longtask',
  })
})
const openMs = await page.evaluate(async () => {
  const card = document.querySelector<HTMLButtonElement>('[data-testid=project-card] button')
  const startedMs = performance.now()
  card?.click()
  while (!document.querySelector('[data-testid=line-row]')) await new Promise((resolve) => setTimeout(resolve, 4))
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  return performance.now() - startedMs
})
await page.getByText(/Render [\d,]+ lines/).waitFor()
console.log(`open to first rows painted: ${openMs.toFixed(0)} ms; long tasks: ${await longTasks(page)}`)

await page.getByTestId('line-text').nth(3).click()
await page.getByTestId('line-editor').waitFor()
const took = await keyToPaint(page)
console.log(
  `key to paint over ${took.length} keys: median ${percentile(took, 0.5).toFixed(1)}, p95 ${percentile(took, 0.95).toFixed(1)}, worst ${Math.max(...took).toFixed(1)} ms`,
)
console.log(`long tasks since: ${await longTasks(page)}`)

const scrolledMs = await page.evaluate(async () => {
  const list = document.querySelector('[data-testid=script-list]')
  const frames: number[] = []
  let last = performance.now()
  for (let step = 0; step < 120; step += 1) {
    list?.scrollBy(0, 900)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    frames.push(now - last)
    last = now
  }
  return frames
})
console.log(
  `scrolling a page per frame: median ${percentile(scrolledMs, 0.5).toFixed(1)}, p95 ${percentile(scrolledMs, 0.95).toFixed(1)} ms per frame`,
)
await browser.close()
await served.close()
