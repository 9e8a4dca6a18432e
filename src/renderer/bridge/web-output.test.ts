import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMixWav } from '../../main/playback/index.ts'
import type { MixPlan, ReadTake } from '../../shared/audio/index.ts'
import { lineIdSchema, takeIdSchema } from '../../shared/kernel/index.ts'
import type { Bridge } from './bridge.ts'
import type { WebCommand, WebOutputBridge, WebReport } from './web-output.ts'

/** The window's own bridge fits; a type that does not would fail here. */
export const acceptsBridge = (bridge: Bridge): WebOutputBridge => bridge

const RATE_HZ = 24_000
const planOf = (durationSamples: number): MixPlan => ({
  sampleRateHz: RATE_HZ,
  durationSamples,
  clips: [
    {
      lineId: lineIdSchema.parse('line_1'),
      takeId: takeIdSchema.parse('take_1'),
      trackId: null,
      startSamples: 0,
      durationSamples,
      gainDb: 0,
      fadeInSamples: 0,
      fadeOutSamples: 0,
    },
  ],
  tracks: [],
})
const readTone: ReadTake = async (_takeId, startSamples, target) => {
  for (let index = 0; index < target.length; index++)
    target[index] = 0.3 * Math.sin((2 * Math.PI * 440 * (startSamples + index)) / RATE_HZ)
}
/** By path: one second, a minute, and seven hours, which is beyond what RIFF can hold. */
const MIXES: Readonly<Record<string, MixPlan>> = {
  '/mix/second': planOf(RATE_HZ),
  '/mix/minute': planOf(RATE_HZ * 60),
  '/mix/seven-hours': planOf(RATE_HZ * 3600 * 7),
}

const PAGE = `<!doctype html><title>web audio</title><script type="module">
  import { connectWebOutput } from './web-output.ts'
  const reports = []
  connectWebOutput({
    call: async (_channel, report) => reports.push(report),
    on: (_channel, listener) => {
      window.testWindow = { reports, command: listener }
      return () => {}
    },
  })
</script>`

const serve = (): Server =>
  createServer(async (request, response) => {
    const mix = MIXES[request.url ?? '']
    if (request.url === '/web-output.ts' || request.url === '/stream-sound.ts') {
      response.setHeader('content-type', 'text/javascript')
      response.end(stripTypeScriptTypes(readFileSync(new URL(`.${request.url}`, import.meta.url), 'utf8')))
    } else if (mix) {
      const wav = openMixWav(mix, readTone)
      const [, first = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
      const end = last === '' ? wav.sizeBytes - 1 : Math.min(Number(last), wav.sizeBytes - 1)
      response.writeHead(206, {
        'content-type': 'audio/wav',
        'accept-ranges': 'bytes',
        'content-length': String(end - Number(first) + 1),
        'content-range': `bytes ${first}-${end}/${wav.sizeBytes}`,
      })
      await pipeline(wav.read(Number(first), end), response).catch(() => {
        // The browser has heard enough of this part.
      })
    } else if (request.url === '/') {
      response.setHeader('content-type', 'text/html')
      response.end(PAGE)
    } else {
      response.writeHead(404).end()
    }
  })

type TestWindow = {
  reports: WebReport[]
  command(command: WebCommand): void
}
declare global {
  interface Window {
    testWindow: TestWindow
  }
}

const executablePath = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find(existsSync)
if (!executablePath) process.stderr.write('web-output: no Chromium on this system, its tests are skipped\n')

describe.skipIf(!executablePath)('web audio in Chromium', () => {
  let server: Server
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = serve()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
    })
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction(() => window.testWindow !== undefined)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const command = (message: WebCommand): Promise<void> =>
    page.evaluate((value) => window.testWindow.command(value), message)
  /** The first report of a kind about a run, once it is there. */
  const reported = async <Kind extends WebReport['kind']>(
    kind: Kind,
    playId: number | null,
  ): Promise<Extract<WebReport, { kind: Kind }>> => {
    const found = await page.waitForFunction(
      (wanted) =>
        window.testWindow.reports.find(
          (report) => report.kind === wanted.kind && (report.kind === 'devices' || report.playId === wanted.playId),
        ),
      { kind, playId },
      { polling: 10, timeout: 10_000 },
    )
    return (await found.jsonValue()) as Extract<WebReport, { kind: Kind }>
  }
  const reportsOf = (playId: number): Promise<string[]> =>
    page.evaluate(
      (wanted) =>
        window.testWindow.reports.flatMap((report) =>
          report.kind !== 'devices' && report.playId === wanted ? [report.kind] : [],
        ),
      playId,
    )
  const play = (playId: number, url: string, fromSec: number): Promise<void> =>
    command({ kind: 'play', playId, url, fromSec, streamRateHz: null, deviceId: null })

  test('the devices are reported at once', async () => {
    expect((await reported('devices', null)).devices).toBeInstanceOf(Array)
  })

  test('a virtual WAV plays from its start to its end in real time', async () => {
    await play(1, 'mix/second', 0)
    const started = await reported('playing', 1)
    expect(started.positionSec).toBeLessThan(0.1)
    await reported('ended', 1)
    const tookMs = (await page.evaluate(() => Date.now())) - started.atEpochMs
    expect(tookMs).toBeGreaterThan(850)
    expect(tookMs).toBeLessThan(2_500)
    expect((await reportsOf(1)).at(-1)).toBe('ended')
  })

  test('playing starts where it is told to, and reports go on while it plays', async () => {
    await play(2, 'mix/minute', 41.25)
    const started = await reported('playing', 2)
    expect(started.positionSec).toBeGreaterThanOrEqual(41.25)
    expect(started.positionSec).toBeLessThan(41.4)
    await page.waitForFunction(
      () => window.testWindow.reports.filter(({ kind }) => kind === 'playing').length >= 4,
      undefined,
      { polling: 20, timeout: 10_000 },
    )
    const last = await page.evaluate(() =>
      window.testWindow.reports.findLast((report) => report.kind === 'playing' && report.playId === 2),
    )
    if (last?.kind !== 'playing') throw new Error('it did not play')
    const drift = last.positionSec - started.positionSec - (last.atEpochMs - started.atEpochMs) / 1000
    expect(Math.abs(drift)).toBeLessThan(0.25)
  })

  test('a new command silences the run before it, which then says nothing more', async () => {
    const before = await reportsOf(2)
    await play(3, 'mix/minute', 1)
    await reported('playing', 3)
    await command({ kind: 'pause' })
    const ofThird = await reportsOf(3)
    await play(4, 'mix/second', 0.9)
    await reported('ended', 4)
    expect(await reportsOf(2)).toEqual(before)
    expect(await reportsOf(3)).toEqual(ofThird)
  })

  test('a mix too long for RIFF plays from its sixth hour', async () => {
    await play(5, 'mix/seven-hours', 3600 * 6.5)
    const started = await reported('playing', 5)
    expect(started.positionSec).toBeGreaterThanOrEqual(3600 * 6.5)
    expect(started.positionSec).toBeLessThan(3600 * 6.5 + 0.2)
    await command({ kind: 'pause' })
  })

  test('what cannot be fetched, and a device that is not there, are reported as failures', async () => {
    await play(6, 'mix/nothing', 0)
    expect((await reported('failed', 6)).detail).not.toBe('')
    await command({
      kind: 'play',
      playId: 7,
      url: 'mix/second',
      fromSec: 0,
      streamRateHz: null,
      deviceId: 'no-such-device',
    })
    expect((await reported('failed', 7)).detail).not.toBe('')
    expect(await reportsOf(7)).toEqual(['failed'])
  })
})
