import { expect, test, vi } from 'vitest'
import { engineWorkerMethods } from '../src/main/engines/engine-worker-methods.ts'
import { createToneEngine } from '../src/main/engines/index.ts'
import { createTransport, type Transport } from '../src/main/playback/index.ts'
import { importScript, type Studio } from '../src/main/studio/index.ts'
import { type SpawnWorker, serveWorker, type WorkerChannel } from '../src/main/worker-process/index.ts'
import { createMixdown, type PcmBlock, type PlaybackState } from '../src/shared/audio/index.ts'
import type { AppContract, PayloadOf } from '../src/shared/contract/index.ts'
import { AppCancel, AppError, type LineId, type ProjectId } from '../src/shared/kernel/index.ts'
import { orderedLines, setLineTake, setLineTexts } from '../src/shared/project/index.ts'
import type { RenderRequest } from '../src/shared/render/index.ts'
import { anEngineId } from './support/a-project.ts'
import { aStudio } from './support/a-studio.ts'
import { temporaryFolder } from './support/test-disk.ts'

type WebCommand = PayloadOf<AppContract, 'playback.web-commanded'>

/** The tone engine, which speaks as many blocks as it is let. */
const heldTones = () => {
  const tones = createToneEngine()
  let allowed = 0
  let failure: AppError | undefined
  const waiters = new Set<() => void>()
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter()
    waiters.clear()
  }
  const asked: RenderRequest[] = []
  const permission = async (signal: AbortSignal): Promise<void> => {
    while (allowed === 0 && !failure && !signal.aborted)
      await new Promise<void>((resolve) => {
        waiters.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    if (signal.aborted) throw new AppCancel()
    const thrown = failure
    failure = undefined
    if (thrown) throw thrown
    allowed--
  }
  const engine = {
    capabilities: tones.capabilities,
    presetVoices: tones.presetVoices,
    prepare: (signal: AbortSignal) => tones.prepare(signal),
    async *render(...[request, job]: Parameters<typeof tones.render>): AsyncGenerator<PcmBlock> {
      asked.push(request)
      for await (const block of tones.render(request, job)) {
        await permission(job.signal)
        yield block
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  /** In this process; what crosses is cloned as it would be between processes. */
  const spawnWorker: SpawnWorker = () => {
    let toOwner: Parameters<WorkerChannel['onMessage']>[0] = () => undefined
    let toWorker: (message: Parameters<WorkerChannel['send']>[0]) => void = () => undefined
    let onExit: (exitCode: number | null) => void = () => undefined
    serveWorker(
      engineWorkerMethods({ tone: () => engine }, async () => undefined),
      {
        send: (message) => toOwner(structuredClone(message)),
        onMessage: (listener) => {
          toWorker = listener
        },
      },
    )
    return {
      send: (message) => toWorker(structuredClone(message)),
      onMessage: (listener) => {
        toOwner = listener
      },
      onExit: (listener) => {
        onExit = listener
      },
      kill: () => onExit(null),
    }
  }
  return {
    spawnWorker,
    asked,
    allow: (blocks: number) => {
      allowed += blocks
      wake()
    },
    fail: (error: AppError) => {
      failure = error
      wake()
    },
  }
}

/** Samples of one block of a tone at 24 kHz: 0.06 seconds. */
const BLOCK_SAMPLES = 1_440

/** A window that plays streams as they come, without the time they take. */
const aWindow = () => {
  let transport: Transport | undefined
  const streams: { samples(): Float32Array; isEnded: boolean }[] = []
  const hear = async (command: Extract<WebCommand, { kind: 'play' }>): Promise<void> => {
    const parts: Uint8Array[] = []
    const stream = {
      isEnded: false,
      samples: () => new Float32Array(new Uint8Array(Buffer.concat(parts)).buffer),
    }
    streams.push(stream)
    const { playId } = command
    const planId = command.url.split('/')[1] ?? ''
    let positionSec = 0
    const report = (isWaiting: boolean): void =>
      transport?.webReported({ kind: 'playing', playId, positionSec, atEpochMs: Date.now(), isWaiting })
    report(true)
    try {
      for await (const part of transport?.mixStream(planId) ?? []) {
        parts.push(part)
        report(false)
        positionSec += part.length / 8 / 24_000
        report(true)
      }
      stream.isEnded = true
      transport?.webReported({ kind: 'ended', playId })
    } catch (error) {
      transport?.webReported({ kind: 'failed', playId, detail: String(error) })
    }
  }
  return {
    streams,
    connect: (to: Transport) => {
      transport = to
    },
    obey: (command: WebCommand): void => {
      if (command.kind === 'play') void hear(command)
    },
  }
}

const openAll = async (directory: string, text: string) => {
  const engine = heldTones()
  const studio = aStudio(directory, { spawnWorker: engine.spawnWorker, defaultEngineId: () => anEngineId('tone') })
  await studio.start()
  const projectId = studio.createProject('Book', 'Narrator')
  const bytes = new TextEncoder().encode(text)
  importScript(studio, projectId, { name: 'script.txt', bytes }, {}, 'replace')
  const window = aWindow()
  const states: PlaybackState[] = []
  const transport = createTransport({
    spawnWorker: engine.spawnWorker,
    takesDirectory: studio.takesDirectory,
    planOf: (subject) => studio.playable(subject),
    settings: () => ({ audioOutput: 'web', audioDeviceName: null }),
    onChanged: (state) => states.push(state),
    emitWebCommand: window.obey,
    nowEpochMs: Date.now,
  })
  window.connect(transport)
  const lineIds = orderedLines(studio.project(projectId)).map(({ lineId }) => lineId)
  return {
    ...{ studio, transport, engine, window, states, projectId, lineIds },
    lineId: (index = 0): LineId => {
      const lineId = lineIds[index]
      if (!lineId) throw new Error(`no line ${index}`)
      return lineId
    },
    play: (index = 0) =>
      transport.play({
        subject: { kind: 'line', projectId, lineId: lineIds[index] as LineId },
        fromSamples: 0,
        untilSamples: null,
      }),
    heardSamples: (nth = 0): number => (window.streams[nth]?.samples().length ?? 0) / 2,
    stopped: () => vi.waitFor(() => expect(transport.state().isPlaying).toBe(false), { timeout: 5_000, interval: 5 }),
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]()
      await studio[Symbol.asyncDispose]()
    },
  }
}

const eventually = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: 5_000, interval: 5 })

/** What playing the newest take of a line by itself sounds like. */
const takeAsHeard = async (studio: Studio, projectId: ProjectId, lineId: LineId): Promise<Float32Array> => {
  const take = studio.listTakes(projectId, null).findLast((each) => each.lineId === lineId)
  if (!take) throw new Error('the line has no take')
  const { plan } = await studio.playable({ kind: 'take', takeId: take.takeId })
  const { openTakeStore } = await import('../src/main/take-store/index.ts')
  await using store = openTakeStore(studio.takesDirectory)
  const mixdown = createMixdown(
    plan,
    (_takeId, startSamples, target) => store.read(take.takeKey, startSamples, target),
    {
      channelCount: 2,
    },
  )
  const [left = new Float32Array(0), right = new Float32Array(0)] = await mixdown.read(0, plan.durationSamples)
  return Float32Array.from({ length: 2 * left.length }, (_, index) => (index % 2 === 0 ? left : right)[index >> 1] ?? 0)
}

test('a line without a take is rendered and heard at the same time, and what was heard is its take', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\nAnother line.\n')
  const { studio, transport, engine, window, states, projectId } = all
  await all.play()
  expect(transport.state()).toMatchObject({ isPlaying: true, isWaiting: true, durationSamples: null })
  engine.allow(2)
  await eventually(() => expect(all.heardSamples()).toBe(2 * BLOCK_SAMPLES))
  expect(transport.state()).toMatchObject({ isPlaying: true, isWaiting: true, positionSamples: 2 * BLOCK_SAMPLES })
  expect(studio.listTakes(projectId, null)).toEqual([])
  engine.allow(100)
  await all.stopped()
  const samples = 'Hello there.'.length * BLOCK_SAMPLES
  expect(transport.state()).toMatchObject({
    ...{ isWaiting: false, positionSamples: samples, durationSamples: samples, failure: null },
  })
  expect(states.some(({ isPlaying, isWaiting }) => isPlaying && !isWaiting)).toBe(true)
  await studio.queue.whenIdle()
  expect(window.streams[0]?.samples()).toEqual(await takeAsHeard(studio, projectId, all.lineId()))
  // The other line was not asked for.
  expect(engine.asked.map(({ text }) => text)).toEqual(['Hello there.'])

  // From now on it is a take like any other.
  const { growing, plan } = await studio.playable({ kind: 'line', projectId, lineId: all.lineId() })
  expect([growing, plan.durationSamples]).toEqual([undefined, samples])
  expect(engine.asked.length).toBe(1)
})

test('a line that is being rendered already is joined from its beginning, by two listeners alike', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  const { studio, engine, window, projectId } = all
  await studio.enqueue(projectId, { kind: 'project' })
  engine.allow(5)
  await eventually(() => expect(engine.asked.length).toBe(1))
  await all.play()
  await eventually(() => expect(all.heardSamples(0)).toBe(5 * BLOCK_SAMPLES))
  // Another one, as another window would be; the first is stopped by this transport, but its stream is its own.
  const other = await studio.playable({ kind: 'line', projectId, lineId: all.lineId() })
  const reached: number[] = []
  const stop = other.growing?.((growth) => {
    if (growth.kind === 'growing') reached.push(growth.writtenSamples)
  })
  engine.allow(100)
  await all.stopped()
  stop?.()
  await studio.queue.whenIdle()
  expect(engine.asked.length).toBe(1)
  const take = await takeAsHeard(studio, projectId, all.lineId())
  expect(window.streams[0]?.samples()).toEqual(take)
  expect([reached[0], reached.at(-1)]).toEqual([5 * BLOCK_SAMPLES, take.length / 2])
})

test('playing a line puts it before the rest of the book', async () => {
  using folder = temporaryFolder()
  const text = Array.from({ length: 40 }, (_, index) => `Line ${index}.`).join('\n')
  await using all = await openAll(folder.directory, text)
  await all.studio.enqueue(all.projectId, { kind: 'project' })
  await eventually(() => expect(all.engine.asked.length).toBeGreaterThan(0))
  await all.play(30)
  all.engine.allow(10_000)
  await all.stopped()
  const places = all.engine.asked.map(({ text }) => text)
  expect(places.indexOf('Line 30.')).toBeLessThan(8)
  await all.studio.queue.whenIdle()
  expect(all.window.streams[0]?.samples()).toEqual(await takeAsHeard(all.studio, all.projectId, all.lineId(30)))
})

test('a render that fails in the middle stops the sound with its failure, also where it will be tried again', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  await all.play()
  all.engine.allow(4)
  await eventually(() => expect(all.heardSamples()).toBe(4 * BLOCK_SAMPLES))
  all.engine.fail(new AppError('engine.crashed', { retryable: true }))
  await all.stopped()
  expect(all.transport.state()).toMatchObject({
    ...{ isWaiting: false, positionSamples: 4 * BLOCK_SAMPLES, failure: { code: 'engine.crashed' } },
  })
  expect(all.studio.queue.lines(all.projectId)[0]?.status).toBe('waiting')
})

test('a render that fails before its first sound stops it as well', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  await all.play()
  await eventually(() => expect(all.engine.asked.length).toBe(1))
  all.engine.fail(new AppError('engine.out-of-memory'))
  await all.stopped()
  expect(all.transport.state().failure).toMatchObject({ code: 'engine.out-of-memory' })
})

test('cancelling the line stops the sound, whether it has begun or not', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  const { studio, transport, engine, projectId } = all
  await all.play()
  engine.allow(3)
  await eventually(() => expect(all.heardSamples()).toBe(3 * BLOCK_SAMPLES))
  await studio.queue.cancelLines(projectId, [all.lineId()])
  await all.stopped()
  expect(transport.state()).toMatchObject({ positionSamples: 3 * BLOCK_SAMPLES, failure: null })

  studio.queue.setPaused(true)
  await all.play()
  expect(transport.state()).toMatchObject({ isPlaying: true, isWaiting: true })
  await studio.queue.cancelLines(projectId, [all.lineId()])
  await all.stopped()
  expect(transport.state().failure).toBeNull()
})

test('pausing leaves the rendering alone, and the line can be played again while it goes on', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  await all.play()
  all.engine.allow(3)
  await eventually(() => expect(all.heardSamples()).toBe(3 * BLOCK_SAMPLES))
  all.transport.pause()
  expect(all.transport.state()).toMatchObject({ isPlaying: false, isWaiting: false })
  await all.play()
  all.engine.allow(100)
  await all.stopped()
  await all.studio.queue.whenIdle()
  expect(all.engine.asked.length).toBe(1)
  expect(all.window.streams[1]?.samples()).toEqual(await takeAsHeard(all.studio, all.projectId, all.lineId()))
})

test('a take that says something else is rendered anew; one that a person chose is played as it is', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  const { studio, engine, projectId } = all
  engine.allow(1_000)
  await studio.enqueue(projectId, { kind: 'project' })
  await studio.queue.whenIdle()
  const [old] = studio.listTakes(projectId, null)
  const edit = setLineTexts(studio.project(projectId), all.lineId(), ['Something else entirely.'], studio.mint)
  if (!edit || !old) throw new Error('nothing was rendered, or nothing changed')
  studio.edit(projectId, edit, 'edit.text')
  await all.play()
  await all.stopped()
  await studio.queue.whenIdle()
  expect(engine.asked.map(({ text }) => text)).toEqual(['Hello there.', 'Something else entirely.'])
  expect(all.window.streams.at(-1)?.samples()).toEqual(await takeAsHeard(studio, projectId, all.lineId()))

  const choice = setLineTake(studio.project(projectId), all.lineId(), old.takeId)
  if (choice) studio.edit(projectId, choice, 'edit.take')
  const chosen = await studio.playable({ kind: 'line', projectId, lineId: all.lineId() })
  expect([...chosen.takeKeys.keys()]).toEqual([old.takeId])
  expect(engine.asked.length).toBe(2)
})

test('a line that has nothing to say, or is not there, is refused by name', async () => {
  using folder = temporaryFolder()
  await using all = await openAll(folder.directory, 'Hello there.\n')
  const { studio, projectId } = all
  const edit = setLineTexts(studio.project(projectId), all.lineId(), ['…'], studio.mint)
  if (edit) studio.edit(projectId, edit, 'edit.text')
  await expect(all.play()).rejects.toMatchObject({ code: 'engine.nothing-to-say' })
  expect(all.transport.state()).toMatchObject({ subject: null, isPlaying: false })
  await expect(studio.playable({ kind: 'line', projectId, lineId: 'line_nobody' as LineId })).rejects.toMatchObject({
    code: 'project.edit-conflict',
  })
})
