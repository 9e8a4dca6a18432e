import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { launch } from './support/launch.ts'
import { callMain, StudioPage } from './support/studio-page.ts'
import { windowMemoryMb } from './support/window-memory.ts'

const LINES = 10_000
const names = ['林晚', '老周', 'Anna', 'Elias']
const script = Array.from({ length: LINES }, (_, index) => {
  const heading = index % 500 === 0 ? `\n# 第${index / 500 + 1}章\n\n` : ''
  const speaker = index % 3 === 0 ? '' : `${names[index % names.length]}：`
  return `${heading}${speaker}这是第 ${index + 1} 行，夜色渐深，城里的灯一盏盏亮起来，雨也跟着落下来。`
}).join('\n')

const percentile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

test('10,000 lines are imported, opened, scrolled and typed in without a wait', async () => {
  test.setTimeout(180_000)
  const { app, page, userData, close } = await launch()
  const studio = new StudioPage(page)
  await studio.home.waitFor()
  const file = path.join(userData, 'long.md')
  writeFileSync(file, script)
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
  }, file)

  // Import by the dialog, as a person does.
  await page
    .getByRole('button', { name: /import/i })
    .first()
    .click()
  const preview = page.getByTestId('import-preview')
  await expect(preview).toContainText(/10,000/)
  const importStartedMs = performance.now()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^import|^add|^replace/i })
    .last()
    .click()
  await studio.rows.first().waitFor()
  const importMs = performance.now() - importStartedMs
  expect(importMs, 'import, ms').toBeLessThan(5000)

  // Opening: from the click to a list that answers the keyboard.
  await page.keyboard.press('Control+o')
  await studio.home.waitFor()
  const openMs = await page.evaluate(async () => {
    const card = document.querySelector<HTMLElement>('[data-testid="project-card"] button')
    const startedMs = performance.now()
    card?.click()
    const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    while (!document.querySelector('[data-testid="line-row"]')) await nextFrame()
    const list = document.querySelector<HTMLElement>('[data-testid="script-list"]')
    list?.focus()
    list?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
    while (!document.querySelector('[aria-selected="true"]')) await nextFrame()
    return performance.now() - startedMs
  })
  expect(openMs, 'open to interactive, ms').toBeLessThan(1500)

  // Scrolling to the far end and back shows rows in every frame that is looked at.
  const emptyFrames = await page.evaluate(async () => {
    const list = document.querySelector<HTMLElement>('[data-testid="script-list"]')
    if (!list) return -1
    let empty = 0
    for (let step = 0; step < 60; step++) {
      list.scrollTop = (list.scrollHeight * (step % 30)) / 30
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const box = list.getBoundingClientRect()
      const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      if (!middle?.closest('[data-row-id]')) empty += 1
    }
    return empty
  })
  expect(emptyFrames).toBeLessThan(4)

  // Typing in the middle of the script: from the key to the next painted frame.
  await page.evaluate(() => {
    const list = document.querySelector<HTMLElement>('[data-testid="script-list"]')
    if (list) list.scrollTop = list.scrollHeight / 2
  })
  await studio.rows.nth(10).getByTestId('line-text').click()
  await studio.editor.waitFor()
  await page.evaluate(() => {
    const latencies: number[] = []
    Reflect.set(window, 'latencies', latencies)
    document.addEventListener(
      'keydown',
      (event) => {
        requestAnimationFrame(() => {
          const channel = new MessageChannel()
          channel.port1.onmessage = () => latencies.push(performance.now() - event.timeStamp)
          channel.port2.postMessage(null)
        })
      },
      { capture: true },
    )
  })
  await page.keyboard.type('typing goes on at the speed of thought, whatever the length of the script. '.repeat(2), {
    delay: 15,
  })
  const latencies = await page.evaluate(() => Reflect.get(window, 'latencies') as number[])
  expect(latencies.length).toBeGreaterThan(100)
  expect(percentile(latencies, 0.95), 'keystroke to paint, p95 ms').toBeLessThan(50)

  const memoryMb = await windowMemoryMb(app, page)
  expect(memoryMb, 'window memory, MB').toBeLessThan(400)
  const [project] = await callMain(page, 'project.list')
  expect(project?.lineCount).toBe(LINES)
  test.info().annotations.push({
    type: 'measured',
    description: `open ${openMs.toFixed(0)} ms, keystroke p95 ${percentile(latencies, 0.95).toFixed(1)} ms, import ${importMs.toFixed(0)} ms, memory ${memoryMb.toFixed(0)} MB`,
  })
  await close()
})
