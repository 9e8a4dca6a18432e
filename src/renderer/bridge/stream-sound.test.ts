import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WebCommand, WebReport } from './web-output.ts'

const RATE_HZ = 24_000
/** Never silent, and exact in 32-bit float; right is the left negated. */
const sampleAt = (frame: number): number => ((frame % 8191) + 1) / 16_384
const pcm = (fromFrame: number, frames: number): Uint8Array => {
  const samples = new Float32Array(frames * 2)
  for (let frame = 0; frame < frames; frame++) {
    samples[2 * frame] = sampleAt(fromFrame + frame)
    samples[2 * frame + 1] = -sampleAt(fromFrame + frame)
  }
  return new Uint8Array(samples.buffer)
}

/** What passes on to the device is kept, quantum by quantum. */
const CAPTURE = `registerProcessor('capture', class extends AudioWorkletProcessor {
  process([input], [output]) {
    input.forEach((samples, channel) => output[channel]?.set(samples))
    this.port.postMessage([input[0]?.slice() ?? new Float32Array(128), input[1]?.slice() ?? new Float32Array(128)])
    return true
  }
})`
const PAGE = `<!doctype html><title>streams</title><script type="module">
  import { connectWebOutput } from './web-output.ts'
  const reports = []
  const captured = { left: [], right: [] }
  // What arrives is cut into pieces of any length, not even whole samples.
  const sizes = [40_001, 7, 3_333, 600_000, 1, 20_480, 9_999]
  let pieces = 0
  const cutAnywhere = async (url, init) => {
    const response = await fetch(url, init)
    const cut = new TransformStream({
      transform(bytes, controller) {
        for (let at = 0; at < bytes.length; ) {
          const piece = bytes.slice(at, at + sizes[pieces++ % sizes.length])
          controller.enqueue(piece)
          at += piece.length
        }
      },
    })
    return new Response(response.body.pipeThrough(cut), { status: response.status })
  }
  let context
  let handedFrames = 0
  const prepare = async () => {
    context = new AudioContext({ sampleRate: ${RATE_HZ} })
    await context.audioWorklet.addModule('/capture.js')
    const capture = new AudioWorkletNode(context, 'capture', { outputChannelCount: [2] })
    captured.left = []
    captured.right = []
    capture.port.onmessage = ({ data: [left, right] }) => {
      captured.left.push(...left)
      captured.right.push(...right)
    }
    capture.connect(context.destination)
    Object.defineProperty(context, 'destination', { value: capture })
    handedFrames = 0
    const createBuffer = context.createBuffer.bind(context)
    context.createBuffer = (channels, frames, rate) => {
      handedFrames += frames
      return createBuffer(channels, frames, rate)
    }
  }
  connectWebOutput(
    {
      call: async (_channel, report) => reports.push(report),
      on: (_channel, listener) => {
        window.streamWindow = {
          reports, command: listener, prepare, captured,
          contextState: () => context.state, handedFrames: () => handedFrames,
        }
        return () => {}
      },
    },
    {
      createAudio: () => new Audio(),
      createContext: () => context,
      fetch: cutAnywhere,
      mediaDevices: navigator.mediaDevices,
      nowEpochMs: Date.now,
    },
  )
</script>`

type StreamWindow = {
  reports: WebReport[]
  captured: { left: number[]; right: number[] }
  prepare(): Promise<void>
  contextState(): string
  /** Frames that have been handed to the device, to be played when their time comes. */
  handedFrames(): number
  command(command: WebCommand): void
}
declare global {
  interface Window {
    streamWindow: StreamWindow
  }
}

const executablePath = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find(existsSync)
if (!executablePath) process.stderr.write('stream-sound: no Chromium on this system, its tests are skipped\n')

describe.skipIf(!executablePath)('streams in Chromium', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let stream: Promise<ServerResponse>
  let hasAsked: (response: ServerResponse) => void
  let playId = 0

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { url = '' } = request
      if (url === '/web-output.ts' || url === '/stream-sound.ts') {
        response.setHeader('content-type', 'text/javascript')
        response.end(stripTypeScriptTypes(readFileSync(new URL(`.${url}`, import.meta.url), 'utf8')))
      } else if (url === '/capture.js') {
        response.setHeader('content-type', 'text/javascript')
        response.end(CAPTURE)
      } else if (/^\/mix\/line-\d+\/stream$/.test(url)) {
        response.setHeader('content-type', 'application/octet-stream')
        response.flushHeaders()
        hasAsked(response)
      } else if (url === '/') {
        response.setHeader('content-type', 'text/html')
        response.end(PAGE)
      } else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
    })
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction(() => window.streamWindow !== undefined)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })

  beforeEach(async () => {
    await page.evaluate(() => window.streamWindow.prepare())
    stream = new Promise((resolve) => {
      hasAsked = resolve
    })
    playId++
  })

  const command = (message: WebCommand): Promise<void> =>
    page.evaluate((value) => window.streamWindow.command(value), message)
  const play = async (fromSec = 0, url = `mix/line-${playId}/stream`): Promise<void> =>
    command({ kind: 'play', playId, url, fromSec, streamRateHz: RATE_HZ, deviceId: null })
  const reports = async (): Promise<WebReport[]> =>
    (await page.evaluate(() => window.streamWindow.reports)).filter(
      (report) => report.kind !== 'devices' && report.playId === playId,
    )
  /** The first such report of this run. */
  const reported = async (wanted: { kind: WebReport['kind']; isWaiting?: boolean; after?: number }) => {
    const found = await page.waitForFunction(
      ({ kind, isWaiting, after = -1, playId }) =>
        window.streamWindow.reports.find(
          (report) =>
            report.kind === kind &&
            report.kind !== 'devices' &&
            report.playId === playId &&
            (report.kind !== 'playing' ||
              ((isWaiting === undefined || report.isWaiting === isWaiting) && report.positionSec > after)),
        ),
      { ...wanted, playId },
      { polling: 10, timeout: 15_000 },
    )
    return (await found.jsonValue()) as WebReport
  }
  /** What was heard, without the silence around and between it; and where that silence was. */
  const heard = async () => {
    const { left, right } = await page.evaluate(() => window.streamWindow.captured)
    const sounding = left.flatMap((sample, index) => (sample === 0 ? [] : [index]))
    const gaps = sounding.flatMap((index, nth) => {
      const before = sounding[nth - 1]
      return before !== undefined && index - before > 1 ? [nth] : []
    })
    return { left: sounding.map((index) => left[index]), right: sounding.map((index) => right[index]), gaps }
  }
  const expected = (fromFrame: number, frames: number): number[] =>
    Array.from({ length: frames }, (_, index) => sampleAt(fromFrame + index))
  const firstWrong = (found: readonly (number | undefined)[], wanted: readonly number[]): number =>
    wanted.findIndex((sample, index) => found[index] !== sample)

  test('samples are heard as they are, each once and without a gap, however they arrive', async () => {
    await play()
    const response = await stream
    const frames = 100_000
    response.end(pcm(0, frames))
    await reported({ kind: 'ended' })
    const { left, right, gaps } = await heard()
    expect(left.length).toBe(frames)
    expect(firstWrong(left, expected(0, frames))).toBe(-1)
    expect(
      firstWrong(
        right,
        expected(0, frames).map((sample) => -sample),
      ),
    ).toBe(-1)
    expect(gaps).toEqual([])
  })

  test('it begins as soon as a fifth of a second is there, waits where the rest is late, and goes on by itself', async () => {
    await play()
    const response = await stream
    await reported({ kind: 'playing', isWaiting: true })
    response.write(pcm(0, 4_800))
    const sentAtMs = await page.evaluate(() => Date.now())
    const begun = await reported({ kind: 'playing', isWaiting: false })
    if (begun.kind !== 'playing') throw new Error('it did not play')
    expect(begun.positionSec).toBe(0)
    expect(begun.atEpochMs - sentAtMs).toBeLessThan(100)

    const waiting = await reported({ kind: 'playing', isWaiting: true, after: 0.19 })
    expect(waiting).toMatchObject({ positionSec: 0.2 })
    response.write(pcm(4_800, 12_000))
    response.write(pcm(16_800, 12_000))
    const again = await reported({ kind: 'playing', isWaiting: false, after: 0.19 })
    expect(again).toMatchObject({ positionSec: 0.2 })
    response.end()
    await reported({ kind: 'ended' })
    const { left, gaps } = await heard()
    expect(left.length).toBe(28_800)
    expect(firstWrong(left, expected(0, 28_800))).toBe(-1)
    expect(gaps).toEqual([4_800])
    expect((await reports()).at(-1)?.kind).toBe('ended')
  })

  test('what is shorter than it takes to begin is heard all the same', async () => {
    await play(0.5)
    const response = await stream
    response.write(pcm(12_000, 500))
    response.end()
    await reported({ kind: 'ended' })
    const { left } = await heard()
    expect(left).toEqual(expected(12_000, 500))
    expect(await reports()).toContainEqual(
      expect.objectContaining({ kind: 'playing', isWaiting: false, positionSec: 0.5 }),
    )
  })

  test('reports come every second while it waits, so that main knows the window lives', async () => {
    await play()
    await stream
    await page.waitForFunction(
      (playId) =>
        window.streamWindow.reports.filter((report) => report.kind === 'playing' && report.playId === playId).length >=
        3,
      playId,
      { polling: 20, timeout: 10_000 },
    )
    expect((await reports()).every((report) => report.kind === 'playing' && report.isWaiting)).toBe(true)
  })

  test('it reads no further ahead than it needs', async () => {
    await play()
    const response = await stream
    response.write(pcm(0, RATE_HZ * 60))
    await reported({ kind: 'playing', isWaiting: false, after: 1 })
    // Two seconds, and the piece that arrived last.
    expect(await page.evaluate(() => window.streamWindow.handedFrames())).toBeLessThan(RATE_HZ * 6)
    await command({ kind: 'pause' })
  })

  test('a stop ends the sound, the stream and the context, and nothing more is said', async () => {
    await play()
    const response = await stream
    const isGone = new Promise<void>((resolve) => response.once('close', resolve))
    response.write(pcm(0, 24_000))
    await reported({ kind: 'playing', isWaiting: false })
    await command({ kind: 'pause' })
    const said = await reports()
    await isGone
    await page.waitForFunction(() => window.streamWindow.contextState() === 'closed')
    expect(await reports()).toEqual(said)
  })

  test('a stream that breaks off, and one that is not there, are failures', async () => {
    await play()
    const response = await stream
    response.write(pcm(0, 2_400))
    await reported({ kind: 'playing', isWaiting: true })
    response.destroy()
    expect(await reported({ kind: 'failed' })).not.toMatchObject({ detail: '' })
    playId++
    await page.evaluate(() => window.streamWindow.prepare())
    await play(0, 'mix/nothing/stream')
    expect(await reported({ kind: 'failed' })).not.toMatchObject({ detail: '' })
  })
})
