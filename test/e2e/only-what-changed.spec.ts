import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { groupTakesByLine, type Take } from '../../src/shared/render/index.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const LINES = 200
const script = Array.from({ length: LINES }, (_, index) => `Line ${index + 1} of two hundred.`).join('\n')

const takeFiles = (userData: string): Map<string, string> => {
  const takes = path.join(userData, 'library', 'takes')
  const files = readdirSync(takes, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wav'))
  return new Map(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(path.join(takes, file)))
        .digest('hex'),
    ]),
  )
}

test('one edit among 200 lines renders one line, moves the rest by its difference, and undo brings all back', async () => {
  test.setTimeout(180_000)
  const first = await launch()
  const { userData } = first
  const studio = new StudioPage(first.page)
  await studio.home.waitFor()
  const projectId = await createProject(first.page, 'Two hundred', script)
  await callMain(first.page, 'render.enqueue', { projectId, scope: { kind: 'project' } })
  await queueIsIdle(first.page)
  const takesBefore = await callMain(first.page, 'take.list', { projectId, takeIds: null })
  expect(takesBefore).toHaveLength(LINES)
  const filesBefore = takeFiles(userData)
  await studio.open('Two hundred')
  await expect(studio.marked('ready').first()).toBeVisible()
  const durationOf = () => first.page.getByTestId('duration').textContent()
  const totalBefore = await durationOf()

  await studio.retype(5, 'This fifth line has become a good deal longer than it was before.')
  await expect(studio.row(5)).toHaveAttribute('data-mark', 'stale')
  await expect(first.page.getByTestId('saved-state')).toContainText(/saved/i)
  await studio.select(5)
  await first.page.keyboard.press('Control+Enter')
  await expect(studio.row(5)).toHaveAttribute('data-mark', 'ready', { timeout: 30_000 })
  await queueIsIdle(first.page)

  const takesAfter = await callMain(first.page, 'take.list', { projectId, takeIds: null })
  expect(takesAfter).toHaveLength(LINES + 1)
  const filesAfter = takeFiles(userData)
  expect(filesAfter.size).toBe(filesBefore.size + 1)
  for (const [file, hash] of filesBefore) expect(filesAfter.get(file)).toBe(hash)
  const { jobs } = await callMain(first.page, 'queue.list')
  expect(jobs.map(({ totalLines }) => totalLines).sort((a, b) => a - b)).toEqual([1, LINES])

  // What plays later has moved by exactly the difference between the two takes of line 5.
  const newTake = takesAfter.find(({ takeId }) => !takesBefore.some((take) => take.takeId === takeId)) as Take
  const oldTake = takesBefore.find(({ lineId }) => lineId === newTake.lineId) as Take
  const differenceSamples = newTake.durationSamples - oldTake.durationSamples
  expect(differenceSamples).toBeGreaterThan(0)
  const playedSamples = async (page = first.page): Promise<number> => {
    await callMain(page, 'playback.play', { subject: { kind: 'project', projectId }, fromSamples: 0, untilSamples: 1 })
    return (await callMain(page, 'playback.state')).durationSamples ?? 0
  }
  const longSamples = await playedSamples()
  expect(await durationOf()).not.toBe(totalBefore)

  await studio.list.focus()
  await first.page.keyboard.press('Control+z')
  await expect(studio.row(5).getByTestId('line-text')).toHaveText('Line 5 of two hundred.')
  await expect(studio.row(5)).toHaveAttribute('data-mark', 'ready')
  await expect(first.page.getByTestId('duration')).toHaveText(totalBefore ?? '')
  expect(longSamples - (await playedSamples())).toBe(differenceSamples)
  expect(groupTakesByLine(takesAfter).get(newTake.lineId)).toHaveLength(2)
  await first.app.close()

  // Redo and undo are still there after a restart.
  const second = await launch({ userData })
  const again = new StudioPage(second.page)
  await again.home.waitFor()
  await again.open('Two hundred')
  await again.list.focus()
  await second.page.keyboard.press('Control+Shift+z')
  await expect(again.row(5).getByTestId('line-text')).toContainText('a good deal longer')
  await expect(again.row(5)).toHaveAttribute('data-mark', 'ready')
  expect(await playedSamples(second.page)).toBe(longSamples)
  await second.page.keyboard.press('Control+z')
  await expect(again.row(5).getByTestId('line-text')).toHaveText('Line 5 of two hundred.')
  await second.close()
})
