import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, type Page, test } from 'playwright/test'
import { promptRecording } from '../support/a-voice.ts'
import { writeVoiceCheckpoint } from '../support/tiny-voice-model.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/local-engine')

test('a model, a recording and a direction become sound, by clicks alone', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  const userData = mkdtempSync(path.join(tmpdir(), 'cosy-e2e-'))
  const checkpoint = path.join(userData, 'drive', 'tiny')
  await writeVoiceCheckpoint('cosyvoice3', checkpoint)
  const { file, transcript } = await promptRecording(path.join(userData, 'narrator.wav'))
  const { page, app, close } = await launch({ userData })
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  const dialog = page.getByRole('dialog')
  const shoot = async (name: string): Promise<void> => {
    await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
  }
  await studio.home.waitFor()

  // A checkpoint on a drive becomes the model that speaks.
  const choose = (chosen: string): Promise<void> =>
    app.evaluate(({ dialog: system }, file) => {
      system.showOpenDialog = async () => ({ canceled: false, filePaths: [file] })
    }, chosen)
  await choose(checkpoint)
  await page.getByRole('button', { name: 'Models', exact: true }).click()
  await dialog.getByRole('button', { name: /^Import a folder/ }).click()
  await shoot('import')
  await page
    .getByRole('dialog')
    .last()
    .getByRole('radio', { name: /Full precision/ })
    .check()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialog.getByText('In use')).toBeVisible({ timeout: 60_000 })
  await shoot('models')
  const [model] = (await callMain(page, 'model.list')).installed
  expect(model).toMatchObject({ layout: 'bundle', problem: null })
  await expect.poll(async () => (await callMain(page, 'settings.get')).localModelId).toBe(model?.id)

  // A recording becomes a voice.
  await dialog.getByRole('tab', { name: 'Voices' }).click()
  await choose(file)
  await dialog.getByRole('button', { name: /New voice/ }).click()
  await expect(dialog.getByText('24,000 Hz')).toBeVisible()
  await dialog.getByLabel('Name').fill('Ferryman')
  await dialog.getByLabel('Transcript').fill(transcript)
  await shoot('new-voice')
  await dialog.getByRole('button', { name: 'Create voice' }).click()
  await expect(dialog.getByText('Ferryman', { exact: true })).toBeVisible()
  await shoot('voices')

  // The engine says what it can do here, and is measured.
  await dialog.getByRole('tab', { name: 'Engines' }).click()
  await dialog.getByRole('radio', { name: /^Local CosyVoice/ }).click()
  await expect.poll(async () => (await callMain(page, 'settings.get')).defaultEngineId).toBe('local-cosyvoice')
  expect((await callMain(page, 'settings.get')).localModelId).toBe(model?.id)
  await dialog.getByRole('button', { name: 'Measure' }).click()
  await expect
    .poll(async () => (await callMain(page, 'engine.devices')).trial?.rtf ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(0)
  await shoot('engines')
  await page.keyboard.press('Escape')

  // A line is directed and rendered.
  await createProject(page, 'River', '# One\n\nThe river was quiet.\n\n夜色渐深。\n')
  await studio.open('River')
  await studio.select(1)
  await chooseInstruct(page, 'Sichuanese')
  await shoot('directed')
  await page.keyboard.press('Control+Alt+Enter')
  await queueIsIdle(page)
  await expect(studio.marked('ready')).toHaveCount(2)
  const [take] = await callMain(page, 'take.list', { projectId: await projectIdOf(page), takeIds: null })
  expect(take?.engineId).toBe('local-cosyvoice')
  await shoot('rendered')
  await close()
  rmSync(userData, { recursive: true, force: true })
})

const projectIdOf = async (page: Page) => {
  const [project] = await callMain(page, 'project.list')
  if (!project) throw new Error('there is a project')
  return project.projectId
}

const chooseInstruct = async (page: Page, name: string): Promise<void> => {
  await page
    .getByTestId('inspector')
    .getByRole('combobox', { name: /^Directions/ })
    .click()
  await page.getByRole('option', { name }).click()
  await expect(page.getByTestId('inspector').getByRole('combobox', { name: /^Directions/ })).toContainText(name)
}
