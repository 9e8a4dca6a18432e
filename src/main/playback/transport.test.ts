import { expect, test, vi } from 'vitest'
import { playbackPositionAt } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import {
  type Bench,
  lineSubject,
  openBench,
  planOfClips,
  planThatGrows,
  projectSubject,
  RATE_HZ,
} from './test-bench.ts'

const BOOK = projectSubject('book')
/** RIFF, `fmt `, `fact` and the head of `data`. */
const WAV_HEADER_BYTES = 12 + 24 + 12 + 8
const OTHER = projectSubject('other')

const positionOf = ({ transport, clock }: Bench): number => playbackPositionAt(transport.state(), clock.nowMs)
const playOf = ({ worker }: Bench, index: number) => {
  const play = worker.plays[index]
  if (!play) throw new Error(`the worker was not asked to play ${index}`)
  return play
}
/** The newest run of sound has reached the worker. */
const untilPlays = ({ worker }: Bench, count: number): Promise<void> =>
  vi.waitFor(() => expect(worker.plays.length).toBe(count))
const lastWebPlay = ({ commands }: Bench) => {
  const command = commands.findLast(({ kind }) => kind === 'play')
  if (command?.kind !== 'play') throw new Error('the window was not asked to play')
  return command
}

/** Length of the WAV that a window may fetch. */
const announcedSamples = ({ transport }: Bench, url: string): number | undefined => {
  const wav = transport.mixWav(url.replace('mix/', ''))
  return wav && (wav.sizeBytes - WAV_HEADER_BYTES) / 8
}

const playBook = async (bench: Bench, fromSamples = 0, untilSamples: number | null = null): Promise<void> => {
  await bench.transport.play({ subject: BOOK, fromSamples, untilSamples })
  await untilPlays(bench, 1)
}

test('playing moves the position with the clock from the anchor the output gives', async () => {
  const bench = openBench()
  await playBook(bench, 2400)
  expect(bench.transport.state()).toMatchObject({
    subject: BOOK,
    isPlaying: true,
    positionSamples: 2400,
    durationSamples: RATE_HZ,
    sampleRateHz: RATE_HZ,
    output: { kind: 'portaudio', deviceName: 'Speakers', fallback: null },
    failure: null,
  })
  bench.clock.advance(100)
  playOf(bench, 0).anchor(2400, bench.clock.nowMs)
  bench.clock.advance(500)
  expect(positionOf(bench)).toBe(2400 + 12_000)
  bench.clock.advance(60_000)
  expect(positionOf(bench)).toBe(RATE_HZ)
})

test('an anchor that says what windows already know is not sent', async () => {
  const bench = openBench()
  await playBook(bench)
  playOf(bench, 0).anchor(0, bench.clock.nowMs)
  const sent = bench.states.length
  bench.clock.advance(200)
  playOf(bench, 0).anchor(4800 - 24 * 20, bench.clock.nowMs)
  expect(bench.states.length).toBe(sent)
  bench.clock.advance(200)
  playOf(bench, 0).anchor(9600 - 24 * 60, bench.clock.nowMs)
  expect(bench.states.length).toBe(sent + 1)
})

test('positions never go back between two commands', async () => {
  const bench = openBench()
  await playBook(bench)
  for (const positionSamples of [0, 4800, 3000, 9600, 100, 999_999]) {
    bench.clock.advance(90)
    playOf(bench, 0).anchor(positionSamples, bench.clock.nowMs)
  }
  const positions = bench.states.map((state) => state.positionSamples)
  expect(positions).toEqual([...positions].sort((left, right) => left - right))
  expect(positions.at(-1)).toBe(RATE_HZ)
})

test('pausing keeps the position, and the worker stops', async () => {
  const bench = openBench()
  await playBook(bench)
  playOf(bench, 0).anchor(0, bench.clock.nowMs)
  bench.clock.advance(250)
  bench.transport.pause()
  expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 6000 })
  bench.clock.advance(250)
  expect(positionOf(bench)).toBe(6000)
  expect(playOf(bench, 0).isCancelled).toBe(true)
  playOf(bench, 0).anchor(9000, bench.clock.nowMs)
  expect(positionOf(bench)).toBe(6000)
})

test('the end of the material is where playback stops', async () => {
  const bench = openBench()
  await playBook(bench, 1000)
  playOf(bench, 0).end()
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({ positionSamples: RATE_HZ, failure: null })
})

test('playing until a place ends there, even beyond the material', async () => {
  const bench = openBench()
  await playBook(bench, 1000, 5000)
  expect(playOf(bench, 0).input).toMatchObject({ fromSamples: 1000, untilSamples: 5000 })
  playOf(bench, 0).end()
  await vi.waitFor(() => expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 5000 }))
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: RATE_HZ * 9 })
  await untilPlays(bench, 2)
  expect(playOf(bench, 1).input.untilSamples).toBe(RATE_HZ)
})

test('playing from the end, or a project without sound, asks no output for anything', async () => {
  const bench = openBench()
  await bench.transport.play({ subject: BOOK, fromSamples: RATE_HZ + 5, untilSamples: null })
  expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: RATE_HZ })
  const empty = openBench({ planOf: async () => planOfClips([]) })
  await empty.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  expect(empty.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 0, durationSamples: 0 })
  expect(bench.worker.spawnCount + empty.worker.spawnCount).toBe(0)
})

test('playing something else stops what plays before it starts', async () => {
  const bench = openBench()
  await playBook(bench)
  await bench.transport.play({ subject: OTHER, fromSamples: 100, untilSamples: null })
  expect(bench.transport.state()).toMatchObject({ subject: OTHER, isPlaying: true, positionSamples: 100 })
  await untilPlays(bench, 2)
  expect(playOf(bench, 0).isCancelled).toBe(true)
  expect(playOf(bench, 1).isCancelled).toBe(false)
  expect(bench.worker.killCount).toBe(0)
})

test('seeking while playing goes on playing there; seeking while paused only moves', async () => {
  const bench = openBench()
  await playBook(bench, 0, 20_000)
  await bench.transport.seek(12_345)
  await untilPlays(bench, 2)
  expect(playOf(bench, 1).input).toMatchObject({ fromSamples: 12_345, untilSamples: 20_000 })
  await bench.transport.seek(21_000)
  await untilPlays(bench, 3)
  expect(playOf(bench, 2).input).toMatchObject({ fromSamples: 21_000, untilSamples: RATE_HZ })
  bench.transport.pause()
  await bench.transport.seek(777)
  expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 777 })
  expect(bench.worker.plays.length).toBe(3)
})

test('of commands that follow each other faster than plans are made, the last one counts', async () => {
  const answers: (() => void)[] = []
  const bench = openBench({
    planOf: (subject) =>
      new Promise((resolve) => answers.push(() => resolve(planOfClips([subject === BOOK ? RATE_HZ : 2 * RATE_HZ])))),
  })
  const playing = [
    bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null }),
    bench.transport.play({ subject: OTHER, fromSamples: 10, untilSamples: null }),
    bench.transport.seek(40_000),
  ]
  for (const answer of answers.toReversed()) answer()
  await Promise.all(playing)
  await untilPlays(bench, 1)
  expect(bench.transport.state()).toMatchObject({ subject: OTHER, isPlaying: true, positionSamples: 40_000 })

  const again = bench.transport.play({ subject: BOOK, fromSamples: 5, untilSamples: null })
  bench.transport.pause()
  for (const answer of answers) answer()
  await again
  await vi.waitFor(() =>
    expect(bench.transport.state()).toMatchObject({ subject: BOOK, isPlaying: false, positionSamples: 5 }),
  )
  expect(bench.worker.plays.length).toBe(1)
})

test('a subject that cannot be planned is refused, and what played before stays paused', async () => {
  const bench = openBench({
    planOf: async (subject) => {
      if (subject === OTHER) throw new AppError('project.not-found')
      return planOfClips([RATE_HZ])
    },
  })
  await playBook(bench)
  bench.clock.advance(100)
  await expect(bench.transport.play({ subject: OTHER, fromSamples: 0, untilSamples: null })).rejects.toMatchObject({
    code: 'project.not-found',
  })
  expect(bench.transport.state()).toMatchObject({ subject: BOOK, isPlaying: false, positionSamples: 2400 })
  await bench.transport.seek(3)
  expect(bench.transport.state().positionSamples).toBe(3)
})

test('a take that is missing stops the sound and is told, without another output being tried', async () => {
  const bench = openBench()
  await playBook(bench)
  playOf(bench, 0).anchor(4800, bench.clock.nowMs)
  playOf(bench, 0).fail('take.missing')
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({ positionSamples: 4800, failure: { code: 'take.missing' } })
  expect(bench.commands).toEqual([])
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  expect(bench.transport.state().failure).toBeNull()
})

test('a deleted subject stops and leaves nothing loaded; others play on', async () => {
  const bench = openBench()
  await playBook(bench)
  bench.transport.forget(OTHER)
  expect(bench.transport.state().isPlaying).toBe(true)
  bench.transport.forget(BOOK)
  expect(bench.transport.state()).toMatchObject({ subject: null, isPlaying: false, durationSamples: 0 })
  expect(playOf(bench, 0).isCancelled).toBe(true)
  await bench.transport.seek(9)
  expect(bench.transport.state().positionSamples).toBe(0)
})

test('a worker that falls silent while it plays is killed, and the window plays on from where the sound was', async () => {
  const bench = openBench()
  await playBook(bench)
  playOf(bench, 0).anchor(4800, bench.clock.nowMs)
  bench.clock.advance(2_900)
  expect(bench.commands).toEqual([])
  bench.clock.advance(200)
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  expect(bench.worker.killCount).toBe(1)
  expect(lastWebPlay(bench)).toMatchObject({ fromSec: 0.2, deviceId: null })
  expect(bench.transport.state()).toMatchObject({
    isPlaying: true,
    positionSamples: 4800,
    output: { kind: 'web', fallback: { code: 'audio.device-unavailable', params: { reason: 'no-answer' } } },
  })
  const { playId, url } = lastWebPlay(bench)
  expect(announcedSamples(bench, url)).toBe(RATE_HZ)
  bench.transport.webReported({ kind: 'ended', playId })
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))

  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(2))
  expect(bench.worker.plays.length).toBe(1)
})

test('a worker that never answers its self-test is given up within two seconds', async () => {
  const bench = openBench()
  bench.worker.mute.add('check')
  await bench.transport.play({ subject: BOOK, fromSamples: 2400, untilSamples: null })
  await vi.waitFor(() => expect(bench.worker.spawnCount).toBe(1))
  bench.clock.advance(1_999)
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  expect(lastWebPlay(bench).fromSec).toBe(0.1)
  expect(bench.worker.killCount).toBe(1)
})

test('a worker that does not stop when told is killed, and the next sound plays in a fresh one', async () => {
  const bench = openBench()
  await playBook(bench)
  bench.worker.mute.add('cancel')
  await bench.transport.seek(100)
  bench.clock.advance(1_001)
  await untilPlays(bench, 2)
  expect([bench.worker.killCount, bench.worker.spawnCount]).toEqual([1, 2])
  expect(bench.transport.state()).toMatchObject({ isPlaying: true, output: { kind: 'portaudio', fallback: null } })
})

test('where no device is found the window plays, and the reason can be read', async () => {
  const bench = openBench()
  bench.worker.knownDevices = []
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  expect(bench.transport.state().output).toMatchObject({ kind: 'web', fallback: { params: { reason: 'no-device' } } })
})

test('a device that failed is tried again once the devices have been looked at again', async () => {
  const bench = openBench()
  bench.worker.knownDevices = []
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  bench.worker.knownDevices = [null]
  await bench.transport.seek(100)
  await vi.waitFor(() => expect(lastWebPlay(bench).fromSec).toBe(100 / RATE_HZ))
  await bench.transport.devices()
  await bench.transport.seek(200)
  await untilPlays(bench, 1)
  expect(bench.transport.state().output).toMatchObject({ kind: 'portaudio', fallback: null })
})

test('web audio that was asked for is no fallback', async () => {
  const bench = openBench()
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: 6000 })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  expect(bench.transport.state().output).toEqual({ kind: 'web', deviceName: '', fallback: null })
  expect(bench.worker.spawnCount).toBe(0)
  const { playId, url } = lastWebPlay(bench)
  expect(announcedSamples(bench, url)).toBe(6000)

  bench.clock.advance(80)
  bench.transport.webReported({
    kind: 'playing',
    playId,
    positionSec: 0,
    atEpochMs: bench.clock.nowMs,
    isWaiting: false,
  })
  bench.clock.advance(100)
  expect(positionOf(bench)).toBe(2400)
  bench.transport.webReported({ kind: 'paused', playId, positionSec: 0.125 })
  await vi.waitFor(() => expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 3000 }))
})

test('reports about an earlier run of the window are not believed', async () => {
  const bench = openBench()
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  const first = lastWebPlay(bench)
  await bench.transport.seek(12_000)
  await vi.waitFor(() => expect(bench.commands.map(({ kind }) => kind)).toEqual(['play', 'pause', 'play']))
  bench.transport.webReported({ kind: 'paused', playId: first.playId, positionSec: 0.1 })
  bench.transport.webReported({
    kind: 'playing',
    playId: lastWebPlay(bench).playId,
    positionSec: 0.5,
    atEpochMs: bench.clock.nowMs,
    isWaiting: false,
  })
  bench.clock.advance(250)
  expect(positionOf(bench)).toBe(18_000)
  bench.transport.webReported({ kind: 'paused', playId: lastWebPlay(bench).playId, positionSec: 0.875 })
  await vi.waitFor(() => expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 21_000 }))
})

test('a window that goes on reporting may play for long; one that falls silent has lost its sound', async () => {
  const bench = openBench({ planOf: async () => planOfClips([RATE_HZ * 60]) })
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  const { playId } = lastWebPlay(bench)
  for (let positionSec = 0; positionSec <= 12; positionSec += 4) {
    bench.transport.webReported({
      kind: 'playing',
      playId,
      positionSec,
      atEpochMs: bench.clock.nowMs,
      isWaiting: false,
    })
    bench.clock.advance(4_000)
  }
  expect(bench.commands.length).toBe(1)
  bench.clock.advance(1_001)
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({
    positionSamples: 12 * RATE_HZ,
    failure: { params: { reason: 'no-answer' } },
  })
})

test('when the window has no sound either, playback stops and says why', async () => {
  const bench = openBench()
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: BOOK, fromSamples: 480, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  bench.clock.advance(5_001)
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({
    positionSamples: 480,
    failure: { code: 'audio.device-unavailable', params: { reason: 'no-answer' } },
  })
  expect(bench.commands.at(-1)).toEqual({ kind: 'pause' })
})

test('another device in the settings takes over where the sound is', async () => {
  const bench = openBench()
  bench.worker.knownDevices = [null, 'Headphones']
  await playBook(bench)
  playOf(bench, 0).anchor(0, bench.clock.nowMs)
  bench.clock.advance(250)
  bench.transport.settingsChanged()
  expect(bench.worker.plays.length).toBe(1)
  bench.settings.audioDeviceName = 'Headphones'
  bench.transport.settingsChanged()
  await untilPlays(bench, 2)
  expect(playOf(bench, 1).input).toMatchObject({ deviceName: 'Headphones', fromSamples: 6000 })
  expect(bench.transport.state().output).toEqual({ kind: 'portaudio', deviceName: 'Headphones', fallback: null })
})

test('a device that only the window knows is played by the window', async () => {
  const bench = openBench()
  bench.transport.webReported({ kind: 'devices', devices: [{ deviceId: 'abc', name: 'Bluetooth' }] })
  expect(await bench.transport.devices()).toEqual([
    { deviceId: '0', name: 'Speakers', output: 'portaudio', isDefault: true },
    { deviceId: 'abc', name: 'Bluetooth', output: 'web', isDefault: false },
  ])
  bench.settings.audioDeviceName = 'Bluetooth'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: BOOK, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  expect(lastWebPlay(bench).deviceId).toBe('abc')
  expect(bench.transport.state().output).toEqual({ kind: 'web', deviceName: 'Bluetooth', fallback: null })
})

test('a device that nobody knows is replaced by the system’s choice, and that is told', async () => {
  const bench = openBench()
  bench.settings.audioDeviceName = 'Gone'
  bench.transport.settingsChanged()
  await playBook(bench)
  expect(playOf(bench, 0).input.deviceName).toBeNull()
  expect(bench.transport.state().output).toMatchObject({
    kind: 'portaudio',
    deviceName: 'Speakers',
    fallback: { code: 'audio.device-unavailable', params: { reason: 'no-such-device' } },
  })
})

test('disposing ends the sound and the worker', async () => {
  const bench = openBench()
  await playBook(bench)
  await bench.transport[Symbol.asyncDispose]()
  expect(playOf(bench, 0).isCancelled).toBe(true)
  expect(bench.worker.killCount).toBe(1)
})

test('only the plans of the last few runs can be fetched', async () => {
  const bench = openBench()
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  const urls: string[] = []
  for (let run = 0; run < 6; run++) {
    await bench.transport.play({ subject: BOOK, fromSamples: run, untilSamples: null })
    await vi.waitFor(() => expect(lastWebPlay(bench).fromSec).toBe(run / RATE_HZ))
    urls.push(lastWebPlay(bench).url)
  }
  const known = urls.map((url) => announcedSamples(bench, url) !== undefined)
  expect(known).toEqual([false, false, true, true, true, true])
})

const LINE = lineSubject('book', 'one')
const openGrowing = () => {
  const growing = planThatGrows()
  return { ...growing, bench: openBench({ planOf: async () => growing.playable }) }
}
const playLine = async (bench: Bench): Promise<void> => {
  await bench.transport.play({ subject: LINE, fromSamples: 0, untilSamples: null })
  await untilPlays(bench, 1)
}

test('a line that is being rendered stands still until its sound begins, and where it has to wait', async () => {
  const { bench, grow } = openGrowing()
  await playLine(bench)
  expect(bench.transport.state()).toMatchObject({
    ...{ subject: LINE, isPlaying: true, isWaiting: true, positionSamples: 0, durationSamples: null, failure: null },
  })
  bench.clock.advance(2_000)
  expect(positionOf(bench)).toBe(0)
  playOf(bench, 0).anchor(0, bench.clock.nowMs, true)
  grow(12_000)
  playOf(bench, 0).anchor(0, bench.clock.nowMs)
  expect(bench.transport.state().isWaiting).toBe(false)
  bench.clock.advance(500)
  expect(positionOf(bench)).toBe(12_000)
  playOf(bench, 0).anchor(12_000, bench.clock.nowMs, true)
  expect(bench.transport.state()).toMatchObject({ isPlaying: true, isWaiting: true })
  bench.clock.advance(2_000)
  expect(positionOf(bench)).toBe(12_000)
  playOf(bench, 0).anchor(12_000, bench.clock.nowMs)
  bench.clock.advance(100)
  expect(positionOf(bench)).toBe(14_400)
  grow(13_000, true)
  expect(bench.transport.state().durationSamples).toBe(13_000)
  playOf(bench, 0).end(13_000)
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({ isWaiting: false, positionSamples: 13_000, durationSamples: 13_000 })
})

test('the worker is told how far a line has come, the newest only, and nobody follows it in the end', async () => {
  const { bench, grow, followers } = openGrowing()
  await playLine(bench)
  for (let samples = 1_000; samples <= 9_000; samples += 1_000) grow(samples)
  await vi.waitFor(() => expect(bench.worker.grown.at(-1)?.grown.writtenSamples).toBe(9_000))
  const { growingId } = playOf(bench, 0).input
  expect(bench.worker.grown.every((grown) => grown.growingId === growingId)).toBe(true)
  expect(bench.worker.grown.length).toBeLessThan(9)
  grow(9_000, true)
  await vi.waitFor(() => expect(bench.worker.grown.at(-1)?.grown.isWhole).toBe(true))
  playOf(bench, 0).end(9_000)
  await vi.waitFor(() => expect(followers()).toBe(0))
})

test('a line that fails stops with its failure, where it was heard last', async () => {
  const { bench, grow, lose, followers } = openGrowing()
  await playLine(bench)
  grow(12_000)
  playOf(bench, 0).anchor(4_800, bench.clock.nowMs)
  lose(new AppError('engine.out-of-memory'))
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({
    ...{ isWaiting: false, positionSamples: 4_800, failure: { code: 'engine.out-of-memory' } },
  })
  expect(playOf(bench, 0).isCancelled).toBe(true)
  expect([bench.worker.killCount, followers()]).toEqual([0, 0])
  expect(bench.commands).toEqual([])
})

test('a line that somebody cancels stops, and that is no failure', async () => {
  const { bench, grow, lose } = openGrowing()
  await playLine(bench)
  grow(12_000)
  lose(new AppCancel())
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state()).toMatchObject({ isWaiting: false, failure: null })
  expect(playOf(bench, 0).isCancelled).toBe(true)
})

test('pausing a line that waits lets go of it', async () => {
  const { bench, grow, followers } = openGrowing()
  await playLine(bench)
  grow(2_400)
  bench.transport.pause()
  expect(bench.transport.state()).toMatchObject({ isPlaying: false, isWaiting: false, positionSamples: 0 })
  await vi.waitFor(() => expect(followers()).toBe(0))
  expect(playOf(bench, 0).isCancelled).toBe(true)
})

test('when PortAudio fails under a line, the window goes on with its stream', async () => {
  const { bench, grow } = openGrowing()
  await playLine(bench)
  grow(12_000)
  playOf(bench, 0).anchor(2_400, bench.clock.nowMs)
  playOf(bench, 0).fail('audio.device-unavailable')
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  const { url, streamRateHz, fromSec, playId } = lastWebPlay(bench)
  expect([streamRateHz, fromSec]).toEqual([RATE_HZ, 0.1])
  const planId = url.replace(/^mix\/|\/stream$/g, '')
  expect(url).toBe(`mix/${planId}/stream`)
  expect(bench.transport.mixWav(planId)).toBeUndefined()
  expect(bench.transport.mixStream(planId)).toBeDefined()
  bench.transport.webReported({
    ...{ kind: 'playing', playId, positionSec: 0.5, atEpochMs: bench.clock.nowMs, isWaiting: true },
  })
  bench.clock.advance(3_000)
  expect(bench.transport.state()).toMatchObject({ isPlaying: true, isWaiting: true, positionSamples: 12_000 })
  grow(20_000, true)
  bench.transport.webReported({ kind: 'ended', playId })
  await vi.waitFor(() => expect(bench.transport.state()).toMatchObject({ isPlaying: false, positionSamples: 20_000 }))
  // What is over cannot be fetched any more.
  expect(bench.transport.mixStream(planId)).toBeUndefined()
})

test('a line that fails while the window plays it tells the window to stop', async () => {
  const { bench, grow, lose, followers } = openGrowing()
  bench.settings.audioOutput = 'web'
  bench.transport.settingsChanged()
  await bench.transport.play({ subject: LINE, fromSamples: 0, untilSamples: null })
  await vi.waitFor(() => expect(bench.commands.length).toBe(1))
  grow(12_000)
  lose(new AppError('take.disk-full'))
  await vi.waitFor(() => expect(bench.transport.state().isPlaying).toBe(false))
  expect(bench.transport.state().failure).toMatchObject({ code: 'take.disk-full' })
  expect(bench.commands.at(-1)).toEqual({ kind: 'pause' })
  expect(followers()).toBe(0)
})

test('a line goes when its project goes, and no other does', async () => {
  const { bench } = openGrowing()
  await playLine(bench)
  bench.transport.forget(OTHER)
  bench.transport.forget(lineSubject('book', 'two'))
  expect(bench.transport.state().isPlaying).toBe(true)
  bench.transport.forget(BOOK)
  expect(bench.transport.state()).toMatchObject({ subject: null, isPlaying: false, isWaiting: false })
  expect(playOf(bench, 0).isCancelled).toBe(true)
})
