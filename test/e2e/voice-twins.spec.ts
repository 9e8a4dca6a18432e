import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { promptRecording } from '../support/a-voice.ts'
import { startCosyVoiceApiServer } from '../support/cosyvoice-api-server.ts'
import { cast, chooseFile, directionField, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/voice-twins')

test('a voice is copied to a server, speaks there and here without being cast anew, and is removed, by clicks alone', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  const userData = mkdtempSync(path.join(tmpdir(), 'cosy-e2e-'))
  await using server = await startCosyVoiceApiServer({ voices: ['old_copy'] })
  const { file, transcript } = promptRecording(path.join(userData, 'ferryman.wav'), { durationSec: 6 })
  const { page, app, close } = await launch({ userData })
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { dialog } = pages
  const created = () => server.seen.filter(({ route }) => route === 'voices-create')
  const deleted = () => server.seen.filter(({ route }) => route === 'voice-delete')
  const shoot = (name: string) => page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
  await studio.home.waitFor()

  // A server of one's own.
  await page.getByRole('button', { name: 'Engines', exact: true }).click()
  await pages.addEngine(/^CosyVoice API server/)
  await page.getByTestId('member-address').fill(server.url)
  await pages.submit('Add engine')
  await expect(page.getByTestId('engine-form')).toHaveCount(0)
  const [listing] = (await callMain(page, 'remote.list')).engines
  if (!listing) throw new Error('an engine was added')
  const { engineId, name: engine } = listing.engine

  // A recording becomes a voice.
  await dialog.getByRole('tab', { name: 'Voices' }).click()
  await chooseFile(app, file)
  await pages.createVoice('Ferryman', transcript)
  await shoot('voices')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)

  // The server cannot speak with it yet; the line says so and leads to the copies.
  await createProject(page, 'River', '# One\n\nThe river was quiet.\n')
  await studio.open('River')
  await cast(studio, 'voiceId', 'Ferryman')
  await cast(studio, 'engineId', engine)
  await expect(studio.row(1).locator('[data-error="voice.not-enrolled"]')).toBeVisible()
  await shoot('not-enrolled')
  await studio.row(1).getByRole('button', { name: 'Copy to the service' }).click()
  const card = page.getByTestId(`copies-${engineId}`)
  await expect(card).toHaveAttribute('data-state', 'none')

  // Nothing goes there before a person says so.
  const copy = card.getByRole('button', { name: `Copy to ${engine}…` })
  await copy.click()
  const form = page.getByTestId('copy-form')
  const confirm = dialog.last().getByRole('button', { name: 'Copy', exact: true })
  await expect(form).toContainText(new URL(server.url).host)
  await expect(form.getByTestId('recording-report')).toContainText('6.0 s')
  await expect(confirm).toBeDisabled()
  await shoot('asked')
  await page.keyboard.press('Escape')
  await expect(form).toHaveCount(0)
  await expect(card).toBeVisible()
  expect(created()).toEqual([])
  await copy.click()
  await form.getByRole('checkbox', { name: `Send the recording of Ferryman to ${engine}` }).check()
  await confirm.click()
  await expect(card).toHaveAttribute('data-state', 'ready')
  expect(created()).toHaveLength(1)
  await shoot('copied')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)

  // The line is spoken there, once its text may go there.
  await page.locator('[data-action="render.project"]').click()
  const sending = page.getByTestId('sending-form')
  await sending.getByRole('checkbox').check()
  await dialog.getByRole('button', { name: /^Render 1 line/ }).click()
  await expect(studio.marked('ready')).toHaveCount(1, { timeout: 30_000 })
  await queueIsIdle(page)
  const [twin] = (await callMain(page, 'engine.list')).twins
  expect(twin).toMatchObject({ engineId, status: 'ready' })
  const asked = () => server.seen.filter(({ body }) => body.voice_id === twin?.remoteVoice && 'text' in body)
  expect(asked()).toHaveLength(1)
  await shoot('rendered')

  // The draft engine and back: the voice stays, and so does the take.
  await studio.select(1)
  await cast(studio, 'engineId', 'Draft voice (draft)')
  await expect(studio.marked('stale')).toHaveCount(1)
  await studio.inspector.getByRole('button', { name: 'Render', exact: true }).click()
  await expect(studio.marked('ready')).toHaveCount(1, { timeout: 30_000 })
  await queueIsIdle(page)
  await expect(directionField(studio, 'voiceId').locator('option:checked')).toHaveText('Ferryman')
  await cast(studio, 'engineId', engine)
  await expect(studio.marked('ready')).toHaveCount(1)
  await expect(directionField(studio, 'voiceId').locator('option:checked')).toHaveText('Ferryman')
  expect(asked()).toHaveLength(1)

  // By the keyboard alone the narrator gets the voice: found by its name, it is the same sound as before.
  await page.getByRole('tab', { name: 'Cast' }).click()
  const narrator = page.getByTestId('character-voice').first()
  await narrator.press('Enter')
  await expect(page.getByTestId('voice-picker')).toBeVisible()
  await page.keyboard.type('ferry')
  await expect(page.getByTestId('voice-picker').getByRole('listbox').getByRole('option')).toHaveText([/Ferryman/])
  await shoot('picked')
  await page.keyboard.press('Enter')
  await expect(narrator).toHaveText('Ferryman')
  await expect(narrator).toBeFocused()
  await expect(studio.marked('ready')).toHaveCount(1)

  // Other words: what the copy would say is not the voice any more, so the line waits until it is made anew.
  const [ferryman] = (await callMain(page, 'voice.list')).filter(({ name }) => name === 'Ferryman')
  if (ferryman?.source.kind !== 'promptAudio') throw new Error('a recorded voice')
  const { voiceId, name, language, gender, notes } = ferryman
  await callMain(page, 'voice.change', { voiceId, name, language, gender, notes, promptText: 'Other words.' })
  const outdated = studio.row(1).locator('[data-error="voice.copy-outdated"]')
  await expect(outdated).toBeVisible()
  await shoot('outdated')
  await outdated.getByRole('button', { name: 'Make the copy anew' }).click()
  await expect(card).toHaveAttribute('data-state', 'stale')
  await card.getByRole('button', { name: 'Make the copy anew…' }).click()
  await form.getByRole('checkbox', { name: /Send the recording/ }).check()
  await dialog.last().getByRole('button', { name: 'Make anew', exact: true }).click()
  await expect(card).toHaveAttribute('data-state', 'ready')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(outdated).toHaveCount(0)
  await expect(studio.marked('stale')).toHaveCount(1)
  const deletedBefore = deleted().length

  // What else is there is found, and said to be no copy of anybody.
  await page.locator('[data-action="voices.open"]').first().click()
  await dialog.getByRole('button', { name: 'Compare with services…' }).click()
  await page.getByTestId(`compare-${engineId}`).getByRole('button').click()
  await expect(page.getByTestId('adoptable')).toHaveText([/old_copy/])
  await shoot('compared')
  await dialog.getByRole('button', { name: 'All voices' }).click()

  // The copy is removed there, too: the line says at once that it cannot be spoken there any longer.
  await dialog.getByRole('button', { name: 'Copies of Ferryman at services' }).first().click()
  await card.getByRole('button', { name: /^Remove the copy/ }).click()
  await card.getByRole('alertdialog').getByRole('button', { name: 'Remove there too' }).click()
  await expect(card).toHaveAttribute('data-state', 'none')
  expect(deleted()).toHaveLength(deletedBefore + 1)
  expect((await callMain(page, 'engine.list')).twins).toEqual([])
  await shoot('removed')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(studio.row(1).locator('[data-error="voice.not-enrolled"]')).toBeVisible()
  expect(server.violations).toEqual([])
  await close()
  rmSync(userData, { recursive: true, force: true })
})
