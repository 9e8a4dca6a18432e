import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { checkIntegrity, listTakes, openLibrary } from '../../src/main/library/index.ts'
import { openTakeStore } from '../../src/main/take-store/index.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle } from './support/studio-page.ts'

const LINES = 200
const ROUNDS = 10
const script = Array.from({ length: LINES }, (_, index) => `第 ${index + 1} 行，雨一直下到天亮，谁也没有说话。`).join(
  '\n',
)

/** The same moments in every run. */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

test('killed ten times while it renders 200 lines, the app loses nothing and goes on by itself', async () => {
  test.setTimeout(300_000)
  const random = seeded(20_261)
  let studio = await launch()
  const { userData } = studio
  await studio.page.getByTestId('home').waitFor()
  const projectId = await createProject(studio.page, 'Rain', script)
  await callMain(studio.page, 'render.enqueue', { projectId, scope: { kind: 'project' } })
  let committed = new Set<string>()

  for (let round = 0; round < ROUNDS; round++) {
    // Some more lines each round, so that the kills fall all over the job.
    const wanted = committed.size + Math.floor(random() * 12)
    const takeCount = async (): Promise<number> =>
      (await callMain(studio.page, 'take.list', { projectId, takeIds: null })).length
    await expect.poll(takeCount, { intervals: [20] }).toBeGreaterThanOrEqual(Math.min(wanted, LINES))
    const exited = new Promise((resolve) => studio.app.process().once('exit', resolve))
    studio.app.process().kill('SIGKILL')
    await exited

    using library = openLibrary({
      directory: path.join(userData, 'library'),
      nowEpochMs: () => Date.now(),
      mint: () => 'unused',
    })
    expect(checkIntegrity(library.db)).toEqual([])
    const takes = listTakes(library.db, projectId, null)
    for (const takeId of committed) expect(takes.map((take) => take.takeId)).toContain(takeId)
    const store = openTakeStore(path.join(userData, 'library', 'takes'))
    for (const take of takes) {
      expect(existsSync(store.pathOf(take.takeKey))).toBe(true)
      expect((await store.measure(take.takeKey))?.durationSamples).toBe(take.durationSamples)
    }
    committed = new Set(takes.map((take) => take.takeId))
    library.close()
    studio = await launch({ userData })
    await studio.page.getByTestId('home').waitFor()
  }

  await queueIsIdle(studio.page)
  const takes = await callMain(studio.page, 'take.list', { projectId, takeIds: null })
  expect(takes).toHaveLength(LINES)
  for (const takeId of committed) expect(takes.map((take) => take.takeId)).toContain(takeId)
  const { jobs } = await callMain(studio.page, 'queue.list')
  expect(jobs).toMatchObject([{ status: 'done', totalLines: LINES, failedLines: 0 }])
  await studio.close()
})
