import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'playwright/test'
import { systemClock } from '../../src/main/clock/index.ts'
import { promptRecording } from '../support/a-voice.ts'
import { startCosyVoiceApiServer } from '../support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../support/cosyvoice-runtime-server.ts'
import { startDashscopeAccount } from '../support/dashscope-account-server.ts'
import { charactersOf, DASHSCOPE_KEY } from '../support/dashscope-server.ts'
import { startEasServer } from '../support/eas-server.ts'
import { startOpenAiSpeechServer } from '../support/openai-speech-server.ts'
import { toneOf } from '../support/spoken-sound.ts'
import { cast, chooseFile, directionField, EnginePages } from './support/engine-pages.ts'
import { launch } from './support/launch.ts'
import { StudioPage } from './support/studio-page.ts'

const folder = path.resolve(import.meta.dirname, '../..', 'test-results/every-endpoint')

const LINES = [
  'The river was quiet at dusk.',
  '夜色渐深，岸上没有人。',
  'Nobody came to the landing.',
  'A lamp burned in the last house.',
  '船夫把绳子系在木桩上。',
  'He counted the coins twice, and then a third time.',
  'Rain.',
  '远处传来钟声。',
  'Somebody had left a coat on the bench.',
  'In the morning the boat was gone.',
]
/** As the window shows how long a line is. */
const shownLength = (text: string): string => `${(toneOf(text).length / 24_000).toFixed(1)} s`

/** A service or server on loopback, as strict as its kind. */
type Served = AsyncDisposable & {
  readonly url: string
  readonly key: string | null
  /** What it was asked to speak, so often as it was asked, and by whom. */
  spoken(): readonly { readonly text: string; readonly voice: string }[]
  /** Voices that were copied there. */
  copies(): number
  /** What it had to refuse. */
  complaints(): readonly unknown[]
  /** Resolves once nothing is open there. */
  settled(): Promise<void>
}

type Kind = {
  readonly name: string
  readonly button: RegExp
  /** What its engine is called where nobody says otherwise. */
  readonly engine: string
  /** Of the kinds that have several. */
  readonly profile?: string
  readonly keepsVoices: boolean
  /** How much the service says or knows that the lines are. */
  readonly units: (text: string) => number
  readonly hasPrice: boolean
  start(): Promise<Served>
}

/** Of a voice whose recording goes with each line. */
const SENT_ALONG = 'sent along'

const codePoints = (text: string): number => [...text].length

const KINDS: readonly Kind[] = [
  {
    name: 'DashScope',
    button: /^DashScope/,
    engine: 'DashScope',
    ...{ keepsVoices: true, hasPrice: true, units: charactersOf },
    start: async () => {
      const account = await startDashscopeAccount(systemClock, { soundOf: toneOf })
      return {
        ...{ url: account.url, key: DASHSCOPE_KEY, settled: account.settled },
        spoken: () =>
          account.speech.tasks.map(({ texts, parameters }) => ({ text: texts.join(''), voice: parameters.voice })),
        copies: () => account.voices.count('create_voice'),
        complaints: () => account.speech.complaints,
        [Symbol.asyncDispose]: () => account[Symbol.asyncDispose](),
      }
    },
  },
  {
    name: 'SiliconFlow, as an OpenAI-compatible service',
    button: /^OpenAI-compatible/,
    ...{ engine: 'SiliconFlow', profile: 'SiliconFlow' },
    ...{ keepsVoices: true, hasPrice: true, units: (text) => Buffer.byteLength(text) },
    start: async () => {
      const server = await startOpenAiSpeechServer('siliconflow', { soundOf: toneOf })
      return {
        ...{ url: server.baseUrl, key: 'sk-right-1234', settled: server.idle },
        spoken: () => server.speeches().map(({ input, voice }) => ({ text: String(input), voice: String(voice) })),
        copies: () => server.requests.filter((seen) => seen.path.endsWith('/uploads/audio/voice')).length,
        complaints: () => [],
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  },
  {
    name: 'PAI-EAS',
    button: /^PAI-EAS/,
    engine: 'PAI-EAS',
    ...{ keepsVoices: true, hasPrice: false, units: codePoints },
    start: async () => {
      const server = await startEasServer({ soundOf: toneOf })
      return {
        ...{ url: server.baseUrl, key: server.token, settled: server.settled },
        spoken: () =>
          server.tasks.map(({ texts, run }) => ({
            ...{ text: texts.join(''), voice: run.payload.parameters.reference_audio_id },
          })),
        copies: () => server.references.size - 1,
        complaints: () => server.violations,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  },
  {
    name: 'CosyVoice API server',
    button: /^CosyVoice API server/,
    engine: 'CosyVoice server',
    ...{ keepsVoices: true, hasPrice: false, units: codePoints },
    start: async () => {
      const server = await startCosyVoiceApiServer({ soundOf: toneOf })
      return {
        ...{ url: server.url, key: null, settled: server.settled },
        spoken: () =>
          server.seen
            .filter(({ route }) => route === 'with-cache')
            .map(({ body }) => ({ text: String(body.text), voice: String(body.voice_id) })),
        copies: () => server.seen.filter(({ route }) => route === 'voices-create').length,
        complaints: () => server.violations,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  },
  {
    name: 'CosyVoice runtime',
    button: /^CosyVoice runtime/,
    engine: 'CosyVoice runtime',
    ...{ keepsVoices: false, hasPrice: false, units: codePoints },
    start: async () => {
      const server = await startRuntimeServer({ soundOf: toneOf })
      return {
        ...{ url: server.baseUrl, key: null, settled: server.settled },
        spoken: () =>
          server.inferences.map(({ fields }) => ({
            ...{
              text: String(fields.tts_text),
              voice: fields.prompt_wav instanceof Uint8Array ? SENT_ALONG : 'its own',
            },
          })),
        copies: () => 0,
        complaints: () => server.violations,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  },
]

for (const { name, button, engine, profile, keepsVoices, hasPrice, units, start } of KINDS)
  test(`${name}: added, tried, given a voice, ten lines spoken and paid for, one of them here and there, by clicks alone`, async () => {
    mkdirSync(folder, { recursive: true })
    const userData = mkdtempSync(path.join(tmpdir(), 'cosy-e2e-'))
    await using server = await start()
    const recording = promptRecording(path.join(userData, 'narrator.wav'), { durationSec: 7 })
    const script = path.join(userData, 'River.txt')
    writeFileSync(script, `${LINES.join('\n')}\n`)
    const { page, app, close } = await launch({ userData })
    const crashes: string[] = []
    page.on('pageerror', (error) => crashes.push(error.stack ?? error.message))
    await page.setViewportSize({ width: 1440, height: 1100 })
    const studio = new StudioPage(page)
    const pages = new EnginePages(page)
    const { dialog, form, trial, sending } = pages
    const shoot = (step: string) =>
      page.screenshot({
        path: path.join(folder, `${engine.toLowerCase().replaceAll(' ', '-')}-${step}.png`),
        animations: 'disabled',
      })
    /** Lines that were asked for; tests say a sentence of their own. */
    const asked = () => server.spoken().filter(({ text }) => LINES.some((line) => text.includes(line)))
    const expectTenHeardThere = async (): Promise<void> => {
      await expect(studio.marked('ready')).toHaveCount(LINES.length, { timeout: 30_000 })
      for (const [index, line] of LINES.entries()) await expect(studio.row(index + 1)).toContainText(shownLength(line))
    }
    await studio.home.waitFor()

    // A recording becomes a voice.
    await chooseFile(app, recording.file)
    await page.getByRole('button', { name: 'Engines', exact: true }).click()
    await dialog.getByRole('tab', { name: 'Voices' }).click()
    await pages.createVoice('Narrator', recording.transcript)

    // The engine is tried before it is kept.
    await dialog.getByRole('tab', { name: 'Engines' }).click()
    await pages.addEngine(button)
    if (profile !== undefined) await form.getByLabel('Service').selectOption({ label: profile })
    await form.getByTestId('member-address').fill(server.url)
    if (server.key !== null) await pages.enterKey(server.key)
    await form.getByTestId('remote-trial').getByRole('button', { name: 'Test' }).click()
    await expect(trial).toHaveAttribute('data-result', 'spoken')
    await expect(trial).toContainText(/First sound after\s*\d/)
    await shoot('tested')
    await pages.submit('Add engine')
    await expect(form).toHaveCount(0)
    await shoot('added')
    await expect(pages.card(engine).getByTestId('remote-member')).toHaveAttribute('data-state', 'ready')

    // The voice is copied there, where voices are kept there.
    await dialog.getByRole('tab', { name: 'Voices' }).click()
    await dialog.getByRole('button', { name: 'Copies of Narrator at services' }).click()
    const copies = page.getByTestId('voice-copies').getByRole('listitem').first()
    let voiceThere = SENT_ALONG
    if (keepsVoices) {
      await copies.getByRole('button', { name: `Copy to ${engine}…` }).click()
      await page
        .getByTestId('copy-form')
        .getByRole('checkbox', { name: `Send the recording of Narrator to ${engine}` })
        .check()
      expect(server.copies()).toBe(0)
      await pages.submit('Copy')
      await expect(copies).toHaveAttribute('data-state', 'ready')
      expect(server.copies()).toBe(1)
      voiceThere = /known there as (\S+?)Ready/.exec((await copies.textContent()) ?? '')?.[1] ?? ''
    } else await expect(copies).toContainText('The recording goes along with every line')
    await shoot('voice')
    await pages.close()

    // Ten lines, cast with that voice at that engine.
    await chooseFile(app, script)
    await page.getByRole('button', { name: /^Import a script/ }).click()
    await dialog.getByRole('button', { name: `Import ${LINES.length} lines` }).click()
    await studio.rows.first().waitFor()
    await cast(studio, 'engineId', engine)
    await cast(studio, 'voiceId', 'Narrator')

    // What it will cost, and what leaves this computer.
    await page.keyboard.press('Control+Alt+Enter')
    const estimate = sending.getByTestId('estimate')
    const total = LINES.reduce((sum, line) => sum + units(line), 0)
    await expect(estimate).toContainText(new RegExp(`Lines\\s*${LINES.length}`))
    await expect(estimate).toContainText(String(total))
    const saidCost = (await estimate.getByTestId('estimate-cost').textContent()) ?? ''
    expect(saidCost).toMatch(hasPrice ? /about CN¥0\.\d+/ : /no price/)
    const cost = /CN¥[\d.]+/.exec(saidCost)?.[0] ?? '–'
    await sending.getByRole('checkbox', { name: `Send this project's text to ${engine}` }).check()
    if (!keepsVoices)
      await sending.getByRole('checkbox', { name: `Send the recording of Narrator to ${engine}` }).check()
    await shoot('asked')
    expect(asked()).toEqual([])
    await pages.submit(`Render ${LINES.length} lines`)
    await expectTenHeardThere()
    expect(asked()).toHaveLength(LINES.length)
    expect(new Set(asked().map(({ voice }) => voice))).toEqual(new Set([voiceThere]))
    await shoot('rendered')

    // It is heard.
    await studio.row(1).getByRole('button', { name: 'Play line 1' }).click()
    await expect(studio.row(1).getByRole('button', { name: 'Pause line 1' })).toBeVisible()
    await expect(studio.row(1).getByRole('button', { name: 'Play line 1' })).toBeVisible()

    // One line is drafted here, and what was spoken there counts again afterwards.
    await studio.select(3)
    await cast(studio, 'engineId', 'Draft voice (draft)')
    await expect(studio.marked('stale')).toHaveCount(1)
    await page.keyboard.press('Control+Enter')
    await expect(studio.marked('ready')).toHaveCount(LINES.length, { timeout: 30_000 })
    await expect(directionField(studio, 'voiceId').locator('option:checked')).toHaveText('Narrator')
    await expect(page.getByTestId('take')).toHaveCount(2)
    await cast(studio, 'engineId', engine)
    await expectTenHeardThere()
    expect(asked()).toHaveLength(LINES.length)

    // What it cost.
    if (hasPrice) await expect(page.getByTestId('spent-button')).toContainText(cost)
    await page.getByTestId(hasPrice ? 'spent-button' : 'engine-label').click()
    const usage = page.getByTestId('usage-table').first()
    await expect(usage.getByRole('row', { name: `${engine} River ${total} ${LINES.length} ${cost}` })).toBeVisible()
    await usage.scrollIntoViewIfNeeded()
    await shoot('paid')

    expect(server.complaints()).toEqual([])
    expect(crashes).toEqual([])
    await close()
    await server.settled()
    rmSync(userData, { recursive: true, force: true })
  })
