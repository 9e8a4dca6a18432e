import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createMixdown, playbackPositionAt } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { openTakeStore } from '../take-store/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { type PlayablePlan, type PlaybackAnchor, systemTimer } from './audio-output.ts'
import { type GrowingLine, growingLine, openTakeFiles } from './growing-bench.ts'
import { interleave } from './interleave.ts'
import { PortAudioOutput } from './portaudio-output.ts'
import { knownSample, openBench, planOfClips, projectSubject, RATE_HZ, readKnownTake, takeKeyOf } from './test-bench.ts'

/** PortAudio on ALSA, with devices that ALSA's file plugin keeps as files. */
const reasonToSkip = (): string | null => {
  if (process.platform !== 'linux') return 'ALSA is a Linux matter'
  try {
    createRequire(import.meta.url)('naudiodon')
    return null
  } catch (error) {
    return `naudiodon cannot be loaded: ${error instanceof Error ? error.message : String(error)}`
  }
}
const skipReason = reasonToSkip()
if (skipReason) process.stderr.write(`portaudio-output: skipped, ${skipReason}\n`)

const folder = mkdtempSync(path.join(os.tmpdir(), 'cosy-playback-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileDevice = (name: string, file: string): string =>
  `pcm.${name} { type file slave.pcm { type null } file "${path.join(folder, file)}" format wav perm 0644 }\n`
/** The samples are taken as fast as a command reads them. */
const pipedDevice = (name: string, command: string): string =>
  `pcm.${name} { type file slave.pcm { type null } file "|${command}" format raw }\n`

const writeConfig = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

/** Takes 10 ms of stereo float at 24 kHz every 10 ms. */
const PACED_SINK = `
import { readSync } from 'node:fs'
const block = Buffer.alloc(1920)
const pause = new Int32Array(new SharedArrayBuffer(4))
while (readSync(0, block) > 0) Atomics.wait(pause, 0, 0, 10)
`
const pacedConfig = (): string => {
  const sink = path.join(folder, 'paced-sink.mjs')
  writeFileSync(sink, PACED_SINK)
  return writeConfig('paced.conf', pipedDevice('!default', `exec ${process.execPath} ${sink}`))
}

/** The worker's own source, on Node. */
const spawnOn =
  (alsaConfig: string, onSpawned: (child: ChildProcess) => void = () => {}): SpawnWorker =>
  (entry) => {
    const child = fork(path.join(import.meta.dirname, `${entry}.ts`), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, ALSA_CONFIG_PATH: alsaConfig },
    })
    onSpawned(child)
    return {
      send: (message) => {
        if (child.connected) child.send(message)
      },
      onMessage: (listener) => child.on('message', (message) => listener(message as Parameters<typeof listener>[0])),
      onExit: (listener) => child.once('exit', (exitCode) => listener(exitCode)),
      kill: () => child.kill('SIGKILL'),
    }
  }

type KeptPlan = PlayablePlan & { takesDirectory: string }
const keepTakes = async (durationsSamples: readonly number[]): Promise<KeptPlan> => {
  const takesDirectory = mkdtempSync(path.join(folder, 'takes-'))
  await using store = openTakeStore(takesDirectory)
  for (const [takeNumber, durationSamples] of durationsSamples.entries()) {
    const samples = Float32Array.from({ length: durationSamples }, (_, index) => knownSample(takeNumber, index))
    await store.keep(
      takeKeyOf(takeNumber),
      RATE_HZ,
      (async function* () {
        yield samples
      })(),
    )
  }
  return { ...planOfClips(durationsSamples), takesDirectory }
}

const openOutput = (alsaConfig: string, takesDirectory = folder): PortAudioOutput =>
  new PortAudioOutput({ spawnWorker: spawnOn(alsaConfig), takesDirectory, setTimer: systemTimer })

/** Interleaved stereo bytes that a file device has kept. ALSA writes the header's sizes when the device is closed. */
const capturedBytes = (file: string): Buffer => {
  const bytes = readFileSync(path.join(folder, file))
  return bytes.subarray(bytes.indexOf('data', 0, 'latin1') + 8)
}
const isSilent = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0)

describe.skipIf(skipReason)('PortAudio through naudiodon', () => {
  const config = writeConfig(
    'two-devices.conf',
    fileDevice('!default', 'default.wav') + fileDevice('headphones', 'headphones.wav'),
  )

  test('outputs are listed by name, and the system’s choice is marked', async () => {
    await using output = openOutput(config)
    const devices = await output.devices()
    expect(devices.map(({ name, output: kind, isDefault }) => [name, kind, isDefault]).sort()).toEqual([
      ['default', 'portaudio', true],
      ['headphones', 'portaudio', false],
    ])
  })

  test('what a device is given is the mixdown, sample for sample, after a lead of silence', async () => {
    const { plan, takeKeys, takesDirectory } = await keepTakes([30_000, 7_777, 9_000])
    await using output = openOutput(config, takesDirectory)
    const anchors: PlaybackAnchor[] = []
    const [fromSamples, untilSamples] = [1_111, 40_000]
    const stoppedSamples = await output.play(
      { plan, takeKeys, fromSamples, untilSamples, url: '' },
      { deviceName: 'headphones', signal: new AbortController().signal, onAnchor: (anchor) => anchors.push(anchor) },
    )
    expect(stoppedSamples).toBe(untilSamples)
    const mixed = await createMixdown(plan, readKnownTake, { channelCount: 2 }).read(
      fromSamples,
      untilSamples - fromSamples,
    )
    const expected = interleave(mixed)
    const captured = capturedBytes('headphones.wav')
    const leadBytes = captured.indexOf(expected.subarray(0, 64))
    expect(leadBytes).toBeGreaterThanOrEqual(0)
    expect(leadBytes % 8).toBe(0)
    expect(isSilent(captured.subarray(0, leadBytes))).toBe(true)
    expect(captured.subarray(leadBytes, leadBytes + expected.length).equals(expected)).toBe(true)
    expect(isSilent(captured.subarray(leadBytes + expected.length))).toBe(true)
    expect(anchors[0]?.positionSamples).toBe(fromSamples)
    expect(anchors.length).toBeGreaterThan(5)
  })

  test('the self-test passes on a device that works and leaves only silence on it', async () => {
    await using output = openOutput(config)
    expect(await output.check(null, RATE_HZ)).toBe('default')
    expect(isSilent(capturedBytes('default.wav'))).toBe(true)
    await expect(output.check('no such device', RATE_HZ)).rejects.toMatchObject({
      code: 'audio.device-unavailable',
      params: { device: 'no such device', reason: 'no-such-device' },
    })
  })

  test('a system without sound devices fails the self-test within two seconds, and says why', async () => {
    await using output = openOutput(writeConfig('empty.conf', '\n'))
    const startedAtMs = performance.now()
    const error: AppError = await output.check(null, RATE_HZ).then(
      () => expect.fail('the self-test passed'),
      (reason) => reason,
    )
    expect(performance.now() - startedAtMs).toBeLessThan(2_000)
    expect(error).toMatchObject({ code: 'audio.device-unavailable' })
    expect(['crashed', 'no-device']).toContain(error.params.reason)
  })

  test('a device that stops taking samples is noticed, and not chosen again', async () => {
    // The pipe itself takes 64 KiB, a third of a second at 24 kHz; the next sample waits for ever.
    const stuck = writeConfig('stuck.conf', pipedDevice('!default', 'exec sleep 8'))
    const { plan, takeKeys, takesDirectory } = await keepTakes([120_000])
    await using output = openOutput(stuck, takesDirectory)
    const startedAtMs = performance.now()
    const playing = output.play(
      { plan, takeKeys, fromSamples: 0, untilSamples: plan.durationSamples, url: '' },
      { deviceName: null, signal: new AbortController().signal, onAnchor: () => {} },
    )
    await expect(playing).rejects.toMatchObject({ params: { reason: 'no-answer' } })
    expect(performance.now() - startedAtMs).toBeLessThan(6_000)
    await expect(output.check(null, RATE_HZ)).rejects.toMatchObject({ params: { reason: 'no-answer' } })
  })

  test('stopping is quick, and the same worker plays again', async () => {
    const { plan, takeKeys, takesDirectory } = await keepTakes([RATE_HZ * 60])
    await using output = openOutput(pacedConfig(), takesDirectory)
    for (const fromSamples of [0, RATE_HZ]) {
      const controller = new AbortController()
      let stoppedAtMs = 0
      const playing = output.play(
        { plan, takeKeys, fromSamples, untilSamples: plan.durationSamples, url: '' },
        {
          deviceName: null,
          signal: controller.signal,
          onAnchor: () => {
            stoppedAtMs ||= performance.now()
            controller.abort()
          },
        },
      )
      await expect(playing).rejects.toBeInstanceOf(AppCancel)
      expect(performance.now() - stoppedAtMs).toBeLessThan(1_000)
    }
  })

  test('a take that is missing is named as such, not as a fault of the device', async () => {
    const { plan } = planOfClips([1000])
    await using output = openOutput(config)
    const playing = output.play(
      { plan, takeKeys: new Map(), fromSamples: 0, untilSamples: 1000, url: '' },
      { deviceName: null, signal: new AbortController().signal, onAnchor: () => {} },
    )
    await expect(playing).rejects.toMatchObject({ code: 'take.missing' })
  })

  const openTransport = (spawnWorker: SpawnWorker, playable: KeptPlan) =>
    openBench({
      spawnWorker,
      takesDirectory: playable.takesDirectory,
      planOf: async () => playable,
      setTimer: systemTimer,
      nowEpochMs: Date.now,
    })

  test('a transport plays a project to its end through PortAudio', async () => {
    const playable = await keepTakes([30_000, 9_000])
    const { transport, commands } = openTransport(spawnOn(config), playable)
    await using _transport = transport
    await transport.play({ subject: projectSubject('book'), fromSamples: 100, untilSamples: 35_000 })
    await vi.waitFor(() => expect(transport.state().isPlaying).toBe(false), { timeout: 10_000 })
    expect(transport.state()).toMatchObject({
      positionSamples: 35_000,
      output: { kind: 'portaudio', deviceName: 'default', fallback: null },
      failure: null,
    })
    expect(commands).toEqual([])
  })

  test('without sound devices a transport hands over to the window within two seconds', async () => {
    const { transport, commands } = openTransport(spawnOn(writeConfig('none.conf', '\n')), await keepTakes([30_000]))
    await using _transport = transport
    const startedAtMs = performance.now()
    await transport.play({ subject: projectSubject('book'), fromSamples: 2400, untilSamples: null })
    await vi.waitFor(() => expect(commands.length).toBe(1), { timeout: 10_000, interval: 10 })
    expect(performance.now() - startedAtMs).toBeLessThan(2_000)
    expect(commands[0]).toMatchObject({ kind: 'play', fromSec: 0.1 })
    expect(transport.state().output).toMatchObject({ kind: 'web', fallback: { code: 'audio.device-unavailable' } })
    const { url } = commands[0]?.kind === 'play' ? commands[0] : { url: '' }
    const wav = transport.mixWav(url.replace('mix/', ''))
    const parts: Uint8Array[] = []
    for await (const part of wav?.read(wav.sizeBytes - 8_000, wav.sizeBytes - 1) ?? []) parts.push(part)
    const tail = await createMixdown(planOfClips([30_000]).plan, readKnownTake, { channelCount: 2 }).read(29_000, 1_000)
    expect(Buffer.concat(parts).equals(interleave(tail))).toBe(true)
  })

  test('when the worker dies while it plays, the window goes on from where the sound was', async () => {
    const children: ChildProcess[] = []
    const spawnWorker = spawnOn(pacedConfig(), (child) => children.push(child))
    const { transport, commands, states } = openTransport(spawnWorker, await keepTakes([RATE_HZ * 60]))
    await using _transport = transport
    await transport.play({ subject: projectSubject('book'), fromSamples: 24_000, untilSamples: null })
    await vi.waitFor(() => expect(playbackPositionAt(transport.state(), Date.now())).toBeGreaterThan(60_000), {
      timeout: 10_000,
    })
    children[0]?.kill('SIGKILL')
    await vi.waitFor(() => expect(commands.length).toBe(1), { timeout: 10_000 })
    const { fromSec } = commands[0]?.kind === 'play' ? commands[0] : { fromSec: 0 }
    expect(fromSec).toBeGreaterThan(1.5)
    expect(fromSec).toBeLessThan(3.5)
    expect(states.at(-1)).toMatchObject({
      isPlaying: true,
      positionSamples: Math.round(fromSec * RATE_HZ),
      output: { kind: 'web', fallback: { params: { reason: 'crashed' } } },
    })
  })

  const playGrowing = (output: PortAudioOutput, line: GrowingLine, onAnchor: (anchor: PlaybackAnchor) => void) => {
    const controller = new AbortController()
    const playing = output.play(
      { ...line.playable, fromSamples: 0, untilSamples: line.playable.plan.durationSamples, url: '' },
      { deviceName: null, signal: controller.signal, onAnchor },
    )
    playing.catch(() => undefined)
    return { playing, abort: () => controller.abort() }
  }
  const lineInFolder = (): GrowingLine => growingLine(mkdtempSync(path.join(folder, 'takes-')))

  test('a device is given a line while it is rendered, sample for sample, with silence where it has to wait', async () => {
    await using line = lineInFolder()
    await using output = openOutput(config, line.takesDirectory)
    const anchors: PlaybackAnchor[] = []
    const { playing } = playGrowing(output, line, (anchor) => anchors.push(anchor))
    const anchored = (anchor: Partial<PlaybackAnchor>): Promise<void> =>
      vi.waitFor(() => expect(anchors.at(-1)).toMatchObject(anchor), { timeout: 5_000, interval: 5 })
    await anchored({ positionSamples: 0, isWaiting: true })
    await line.speak(4_800)
    await anchored({ positionSamples: 4_800, isWaiting: true })
    await line.speak(30_001)
    await anchored({ positionSamples: 34_801, isWaiting: true })
    await line.speak(2_400)
    line.end()
    expect(await playing).toBe(37_201)
    const take = await line.read()
    const mixdown = createMixdown(
      line.playable.plan,
      async (_takeId, startSamples, target) => target.set(take.subarray(startSamples, startSamples + target.length)),
      { channelCount: 2 },
    )
    const captured = capturedBytes('default.wav')
    const expected = interleave(await mixdown.read(0, 37_201))
    let at = 0
    for (const [from, until] of [
      [0, 4_800],
      [4_800, 34_801],
      [34_801, 37_201],
    ] as const) {
      const part = expected.subarray(from * 8, until * 8)
      const found = captured.indexOf(part, at)
      expect(found, `from ${from}`).toBeGreaterThan(at)
      expect(isSilent(captured.subarray(at, found))).toBe(true)
      at = found + part.length
    }
    expect(isSilent(captured.subarray(at))).toBe(true)
  })

  test('sound is on its way to the device within 100 ms of the first fifth of a second', async () => {
    await using line = lineInFolder()
    await using output = openOutput(pacedConfig(), line.takesDirectory)
    let startedMs: number | undefined
    let isWaiting = false
    const { playing, abort } = playGrowing(output, line, (anchor) => {
      isWaiting = anchor.isWaiting
      if (!anchor.isWaiting) startedMs ??= anchor.atEpochMs
    })
    await vi.waitFor(() => expect(isWaiting).toBe(true), { timeout: 5_000, interval: 5 })
    const spokenMs = Date.now()
    await line.speak(4_800)
    await vi.waitFor(() => expect(startedMs).toBeDefined(), { timeout: 5_000, interval: 5 })
    expect(Number(startedMs) - spokenMs).toBeLessThan(100)
    abort()
    await expect(playing).rejects.toBeInstanceOf(AppCancel)
  })

  test('a line that fails ends the sound by its own name; the worker closes its file and plays the next', async () => {
    const children: ChildProcess[] = []
    await using line = lineInFolder()
    await using output = new PortAudioOutput({
      spawnWorker: spawnOn(pacedConfig(), (child) => children.push(child)),
      takesDirectory: line.takesDirectory,
      setTimer: systemTimer,
    })
    let hasStarted = false
    const { playing } = playGrowing(output, line, ({ isWaiting }) => {
      hasStarted ||= !isWaiting
    })
    await line.speak(48_000)
    await vi.waitFor(() => expect(hasStarted).toBe(true), { timeout: 5_000, interval: 5 })
    const [worker] = children
    const openByWorker = (): number | undefined => openTakeFiles(line.takesDirectory, worker?.pid)
    expect([1, undefined]).toContain(openByWorker())
    line.fail(new AppError('engine.crashed'))
    await expect(playing).rejects.toMatchObject({ code: 'engine.crashed' })
    expect([0, undefined]).toContain(openByWorker())
    expect(await output.check(null, RATE_HZ)).toBe('default')
    expect(children.length).toBe(1)
  })
})
