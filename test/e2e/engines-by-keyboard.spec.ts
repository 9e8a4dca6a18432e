import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, type Locator, test } from 'playwright/test'
import { createTranslator } from '../../src/shared/i18n/index.ts'
import { promptRecording } from '../support/a-voice.ts'
import { startCosyVoiceApiServer } from '../support/cosyvoice-api-server.ts'
import { startOpenAiSpeechServer } from '../support/openai-speech-server.ts'
import { toneOf } from '../support/spoken-sound.ts'
import { Keys } from './support/by-keyboard.ts'
import { chooseFile, directionField, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { callMain, createProject, queueIsIdle, StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/engines-by-keyboard')
const { t } = createTranslator('zh-Hans')

test('engines elsewhere by keyboard alone, in Chinese and in the dark: added, tried, allowed, heard, paid, lent a voice, removed', async () => {
  test.setTimeout(180_000)
  mkdirSync(folder, { recursive: true })
  const userData = mkdtempSync(path.join(tmpdir(), 'cosy-e2e-'))
  await using service = await startOpenAiSpeechServer('wcode', { soundOf: toneOf })
  await using server = await startCosyVoiceApiServer()
  const { file, transcript } = promptRecording(path.join(userData, 'ferryman.wav'), { durationSec: 6 })
  const { page, app, close } = await launch({ userData })
  await page.setViewportSize({ width: 1440, height: 900 })
  const studio = new StudioPage(page)
  const pages = new EnginePages(page)
  const { form, trial, sending } = pages
  const keys = new Keys(page)
  const named =
    (role: 'button' | 'tab' | 'checkbox' | 'radio' | 'textbox' | 'grid' | 'heading' | 'combobox') =>
    (name: string | RegExp): Locator =>
      page.getByRole(role, { name, exact: true })
  const [button, tab, checkbox, radio, textbox] = [
    named('button'),
    named('tab'),
    named('checkbox'),
    named('radio'),
    named('textbox'),
  ]
  let shots = 0
  const shoot = (name: string) => {
    shots += 1
    return page.screenshot({
      path: path.join(folder, `${String(shots).padStart(2, '0')}-${name}.png`),
      animations: 'disabled',
    })
  }
  await studio.home.waitFor()
  await callMain(page, 'settings.change', { language: 'zh-Hans', theme: 'dark' })
  await chooseFile(app, file)
  await createProject(page, '渡口', '# 一\n\n河水安静。\n\n夜色渐深，岸上没有人。\n\n船还没有来。\n')
  await button('渡口').waitFor()

  // The page of engines, and back.
  await keys.use(button(t('pages.engines')))
  await keys.isAt(tab(t('pages.engines')))
  await keys.press('Escape')
  await keys.isAt(button(t('pages.engines')))
  await keys.press('Enter')
  await keys.isAt(tab(t('pages.engines')))

  // What kind it is, by arrow keys; Esc is one step back.
  const add = button(t('remote.add'))
  const kind = (name: RegExp) => page.getByTestId('engine-kinds').getByRole('button', { name })
  await keys.use(add)
  await keys.isAt(kind(/^阿里云百炼/))
  await keys.press('ArrowDown')
  await keys.isAt(kind(/^阿里云 PAI-EAS/))
  await keys.press('ArrowRight')
  await keys.isAt(kind(/^CosyVoice API/))
  await keys.press('End')
  await keys.isAt(kind(/^CosyVoice 官方运行时/))
  await shoot('kinds')
  await keys.press('Escape')
  await keys.isAt(add)
  await keys.press('Enter')
  await keys.isAt(kind(/^阿里云百炼/))
  await keys.press('ArrowRight')
  await keys.isAt(kind(/^OpenAI/))
  await keys.press('Enter')

  // The form; another kind is one step back, too.
  await keys.isAt(textbox(t('remote.name')))
  await keys.use(button(t('remote.form.back')))
  await keys.isAt(kind(/^OpenAI/))
  await keys.press('Enter')
  await keys.isAt(textbox(t('remote.name')))
  await keys.write('云端')
  await keys.go(form.getByTestId('member-address'))
  await keys.write('nowhere')
  await keys.press('Enter')
  await keys.isAt(form.getByTestId('member-address'))
  await expect(form.getByTestId('member-address')).toHaveAttribute('aria-invalid', 'true')
  await keys.write(service.baseUrl)
  const keyField = page.getByLabel(t('remote.key'), { exact: true })
  await keys.press('Tab')
  await keys.isAt(keyField)
  await keys.write('sk-wrong')
  const keep = checkbox(t('remote.vault.keep'))
  const hasVault = (await callMain(page, 'remote.list')).hasVault
  if (!hasVault) {
    await keys.go(keep)
    await keys.press('Space')
  }
  await shoot('form')
  await keys.use(button(t('remote.trial.test')))
  await expect(trial).toHaveAttribute('data-result', 'failed')
  await keys.isAt(button(t('remote.trial.again')))
  await shoot('refused')
  await keys.use(trial.getByRole('button', { name: t('remedy.enter-key.label') }))
  await keys.isAt(keyField)
  await keys.write('sk-right-1234')
  await keys.use(button(t('remote.trial.again')))
  await expect(trial).toHaveAttribute('data-result', 'spoken')
  await keys.isAt(button(t('remote.trial.again')))
  await shoot('spoken')
  await keys.use(button(t('remote.form.add')))
  await expect(form).toHaveCount(0)
  await keys.isAt(add)

  // It speaks where nothing else is said.
  const isDefault = radio(t('engines.default.label', { name: '云端' }))
  await keys.go(radio(/设为默认引擎$/), 'Shift+Tab')
  for (let engines = 0; engines < 5 && !(await isDefault.isChecked()); engines++) {
    await keys.press('ArrowDown')
    await expect(page.locator('input[name=default-engine]:focus')).toBeChecked()
  }
  await keys.isAt(isDefault)
  await shoot('default')
  await keys.press('Escape')
  await keys.isAt(button(t('pages.engines')))

  // The project, and a voice that the engine has.
  const script = named('grid')(t('script.list.label'))
  await keys.use(button('渡口'))
  await keys.isAt(script)
  await keys.go(directionField(studio, 'voiceId'))
  await page.keyboard.type('longanyang')
  await expect(directionField(studio, 'voiceId').locator('option:checked')).toHaveText('longanyang')
  await keys.go(script, 'Shift+Tab')
  await keys.press('End', 'ArrowUp')
  await expect(studio.row(2)).toHaveAttribute('aria-selected', 'true')

  // Nothing goes there before it is allowed; Esc is no.
  const allow = checkbox(t('sending.allow.text', { engine: '云端' }))
  const spoken = () => service.speeches().filter(({ input }) => String(input).startsWith('夜色'))
  await keys.press('Control+Enter')
  await keys.isAt(allow)
  await shoot('asked')
  await keys.press('Escape')
  await expect(sending).toHaveCount(0)
  await keys.isAt(script)
  expect(spoken()).toEqual([])
  await keys.press('Control+Enter')
  await keys.isAt(allow)
  await keys.press('Space')
  await expect(allow).toBeChecked()
  await keys.go(checkbox(/^在关闭应用之前，“云端”每次不超过 ¥0\.\d+ 时不再询问$/))
  await keys.press('Space')
  await keys.use(button(t('sending.render', { count: 1 })))
  await expect(studio.marked('ready')).toHaveCount(1, { timeout: 30_000 })
  await queueIsIdle(page)
  await keys.isAt(script)
  expect(spoken()).toHaveLength(1)

  // It is heard.
  const isPlaying = async () => (await callMain(page, 'playback.state')).isPlaying
  await keys.press('Space')
  await expect.poll(isPlaying).toBe(true)
  await shoot('heard')
  await expect.poll(isPlaying).toBe(false)
  await keys.isAt(script)

  // A shorter line costs less, and is not asked about any more.
  await keys.press('ArrowUp', 'Control+Enter')
  await expect(studio.marked('ready')).toHaveCount(2, { timeout: 30_000 })
  await queueIsIdle(page)
  await expect(sending).toHaveCount(0)
  await keys.isAt(script)

  // What it cost.
  const spent = page.getByTestId('spent-button')
  await expect(spent).toContainText('¥0.0')
  await keys.use(spent, 'Shift+Tab')
  await keys.isAt(tab(t('pages.engines')))
  await expect(
    page
      .getByTestId('usage-table')
      .first()
      .getByRole('row', { name: /^云端 渡口 / }),
  ).toBeVisible()
  await keys.press('Escape')
  await keys.isAt(spent)

  // Offline and back.
  const staysOffline = checkbox(t('settings.offline'))
  await keys.press('Control+,')
  await keys.isAt(page.getByLabel(t('settings.language')))
  await keys.go(staysOffline)
  await keys.press('Space')
  await expect(staysOffline).toBeChecked()
  await keys.isAt(staysOffline)
  await keys.press('Escape')
  await keys.isAt(spent)
  await expect(page.getByTestId('offline-sign')).toBeVisible()
  await shoot('offline')
  const sign = page.getByTestId('offline-sign')
  await keys.use(sign, 'Shift+Tab')
  await keys.isAt(staysOffline)
  await keys.press('Escape')
  await keys.isAt(sign)

  // What fails for it leads to the switch; then it goes on.
  const openSettings = studio.row(3).getByRole('button', { name: t('remedy.open-settings.label') })
  await keys.go(script)
  await keys.press('End', 'Control+Enter')
  await expect(studio.row(3).locator('[data-error="cloud.offline"]')).toBeVisible({ timeout: 30_000 })
  await keys.isAt(script)
  await keys.use(openSettings)
  await keys.isAt(staysOffline)
  await keys.press('Space')
  await expect(staysOffline).not.toBeChecked()
  await keys.press('Escape')
  await keys.isAt(openSettings)
  await expect(sign).toHaveCount(0)
  await keys.go(script, 'Shift+Tab')
  await keys.press('Control+Enter')
  await expect(studio.marked('ready')).toHaveCount(3, { timeout: 30_000 })

  // A server of one's own, added by Enter in the field that was typed last.
  await keys.use(button(t('pages.title')))
  await keys.isAt(tab(t('pages.voices')))
  await keys.press('ArrowUp')
  await keys.isAt(tab(t('pages.engines')))
  await keys.use(add)
  await keys.press('ArrowDown', 'ArrowRight', 'Enter')
  await keys.isAt(textbox(t('remote.name')))
  await keys.write('自家服务器')
  await keys.go(form.getByTestId('member-address'))
  await keys.write(server.url)
  await keys.press('Enter')
  await expect(form).toHaveCount(0)
  await keys.isAt(add)

  // A recording becomes a voice.
  await keys.go(tab(t('pages.engines')), 'Shift+Tab')
  await keys.press('ArrowDown')
  await keys.isAt(tab(t('pages.voices')))
  await keys.use(button(t('voices.new')))
  await keys.isAt(textbox(t('voices.form.name')))
  await keys.write('船夫')
  await keys.press('Tab')
  await keys.isAt(textbox(t('voices.form.transcript')))
  await keys.write(transcript)
  await keys.use(button(t('voices.create.submit')))
  await keys.isAt(button(t('voices.new')))

  // The voice is lent to the server, where that is allowed.
  const copies = button(t('voices.copies.open', { name: '船夫' }))
  const there = page.getByTestId('voice-copies').getByRole('listitem').filter({ hasText: '自家服务器' }).first()
  const title = page.getByRole('heading', { name: t('voices.copies.title', { name: '船夫' }) })
  await keys.use(copies)
  await keys.isAt(title)
  await keys.press('Escape')
  await keys.isAt(copies)
  await keys.press('Enter')
  await keys.isAt(title)
  const copy = button(t('voices.copies.copy', { engine: '自家服务器' }))
  await keys.use(copy)
  const lend = checkbox(t('sending.allow.voice', { engine: '自家服务器', voice: '船夫' }))
  await keys.isAt(lend)
  await keys.press('Escape')
  await keys.isAt(copy)
  await keys.press('Enter')
  await keys.isAt(lend)
  await keys.press('Space')
  await expect(lend).toBeChecked()
  await shoot('lend')
  await keys.use(button(t('voices.copy.submit.enrol')))
  await expect(there).toHaveAttribute('data-state', 'ready')
  await keys.isAt(there.getByRole('heading', { name: '自家服务器' }))
  await shoot('lent')

  // And taken back.
  const created = server.seen.filter(({ route }) => route === 'voices-create')
  expect(created).toHaveLength(1)
  const takeBack = there.getByRole('button', { name: t('voices.copies.remove.label', { place: server.url }) })
  await keys.use(takeBack)
  await keys.isAt(there.getByRole('alertdialog').getByRole('button', { name: t('common.cancel') }))
  await shoot('take-back')
  await keys.press('Escape')
  await keys.isAt(takeBack)
  await keys.press('Enter')
  await keys.use(button(t('voices.copies.remove.there')), 'Shift+Tab')
  await expect(there).toHaveAttribute('data-state', 'none')
  await keys.isAt(there.getByRole('heading', { name: '自家服务器' }))
  expect(server.seen.filter(({ route }) => route === 'voice-delete')).toHaveLength(1)
  await keys.press('Escape')
  await keys.isAt(copies)

  // The engine goes; the other one stays.
  await keys.go(tab(t('pages.voices')), 'Shift+Tab')
  await keys.press('End')
  await keys.isAt(tab(t('pages.engines')))
  const remove = button(t('remote.remove.label', { name: '自家服务器' }))
  await keys.use(remove)
  await keys.isAt(
    pages
      .card('自家服务器')
      .getByRole('alertdialog')
      .getByRole('button', { name: t('common.cancel') }),
  )
  await shoot('remove')
  await keys.press('Escape')
  await keys.isAt(remove)
  await keys.press('Enter')
  await keys.use(button(t('remote.remove.confirm')), 'Shift+Tab')
  await expect(page.locator('[data-remote]')).toHaveCount(1)
  await keys.isAt(add)
  await keys.press('Escape')
  await keys.isAt(button(t('pages.title')))
  expect(server.violations).toEqual([])
  await close()
  rmSync(userData, { recursive: true, force: true })
})
