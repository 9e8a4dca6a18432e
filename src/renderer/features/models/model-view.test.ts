import { expect, test } from 'vitest'
import { createTranslator } from '../../../shared/i18n/index.ts'
import { AppError, mintJobId } from '../../../shared/kernel/index.ts'
import type { InstalledModelView, ModelProgress } from '../../../shared/model/index.ts'
import { addToPace, type ModelOrder, type ModelTask } from '../../state/index.ts'
import {
  addressProblem,
  formatLanguages,
  formatSize,
  installedPrecisions,
  isAtWork,
  mirrorOrder,
  progressWords,
  roomFor,
  timeLeft,
} from './model-view.ts'

const english = createTranslator('en')

test('sizes are decimal, in gigabytes from one gigabyte on', () => {
  expect(formatSize('en', 5.13e9)).toBe('5.1 GB')
  expect(formatSize('en', 999.6e6)).toBe('1.0 GB')
  expect(formatSize('en', 340.4e6)).toBe('340 MB')
  expect(formatSize('zh-Hans', 5.13e9)).toBe('5.1 GB')
})

test('languages are called as the reader calls them', () => {
  expect(formatLanguages('en', ['zh', 'en', 'ko'])).toBe('Chinese, English, and Korean')
  expect(formatLanguages('zh-Hans', ['zh', 'en'])).toBe('中文和英语')
})

test('time left is said in as few words as it is known', () => {
  expect(timeLeft(0.4)).toEqual({ unit: 'seconds', count: 5 })
  expect(timeLeft(41)).toEqual({ unit: 'seconds', count: 45 })
  expect(timeLeft(59)).toEqual({ unit: 'minutes', count: 1 })
  expect(timeLeft(250)).toEqual({ unit: 'minutes', count: 4 })
  expect(timeLeft(9000)).toEqual({ unit: 'hours', count: 2.5 })
})

const at = (doneBytes: number, stage: ModelProgress['stage'] = 'download'): ModelProgress => ({
  stage,
  doneBytes,
  totalBytes: 5.1e9,
  part: null,
  fraction: 0.1,
})
const paced = (...reports: [ModelProgress, ...ModelProgress[]]) =>
  reports.reduce((pace, report, index) => addToPace(pace, report, index * 5000), addToPace(null, reports[0], -1999))

test('a download says how much is there, how fast it comes and how long it will take', () => {
  const pace = paced(at(1.1e9), at(1.2e9))
  expect(progressWords(english, { progress: at(1.2e9), pace, status: 'running' }, 5000)).toEqual({
    stage: 'Downloading',
    amount: '1.2 GB of 5.1 GB',
    speed: '20 MB/s',
    left: 'about 3 minutes left',
  })
})

test('a download that has gone quiet says so, with neither a speed nor a promise', () => {
  const pace = paced(at(1.1e9), at(1.2e9))
  expect(progressWords(english, { progress: at(1.2e9), pace, status: 'running' }, 17_900)).toMatchObject({
    speed: null,
    left: 'nothing has come for 12 seconds',
  })
})

test('before anything was measured nothing is promised', () => {
  const first = { progress: at(0), pace: paced(at(0)), status: 'running' } as const
  expect(progressWords(english, first, 1000)).toMatchObject({ amount: '0 MB of 5.1 GB', speed: null, left: null })
  expect(progressWords(english, { progress: null, pace: null, status: 'running' }, 0).stage).toBe('Beginning')
  expect(progressWords(english, { ...first, status: 'stopping' }, 0).stage).toBe('Stopping')
})

const aModel = {
  catalogueId: 'cosyvoice3',
  isConverted: true,
  downloadedBytes: 1e9,
  neededBytes: { cpu: 8e9, gpu: 8e9, fp32: 9e9 },
}

test('room is counted for the precision, less what was downloaded before', () => {
  expect(roomFor(aModel, 'cpu', 10e9)).toEqual({ neededBytes: 7e9, shortBytes: 0 })
  expect(roomFor(aModel, 'fp32', 5e9)).toEqual({ neededBytes: 8e9, shortBytes: 3e9 })
  expect(roomFor(aModel, 'fp32', null)).toEqual({ neededBytes: 8e9, shortBytes: 0 })
})

const anInstalled = (change: Partial<InstalledModelView> = {}): InstalledModelView => ({
  id: 'cosyvoice3-cpu',
  layout: 'bundle',
  catalogueId: 'cosyvoice3',
  name: 'CosyVoice 3',
  precision: 'cpu',
  sizeBytes: 1,
  missing: [],
  problem: null,
  ...change,
})

test('a precision that is damaged can be installed again; a model without precisions is there or not', () => {
  const damaged = anInstalled({ id: 'x', precision: 'gpu', problem: new AppError('model.corrupt').toData() })
  expect(installedPrecisions(aModel, [anInstalled(), damaged, anInstalled({ catalogueId: 'other' })])).toEqual(['cpu'])
  const asIs = { catalogueId: 'sokuji', isConverted: false }
  expect(installedPrecisions(asIs, [])).toEqual([])
  expect(
    installedPrecisions(asIs, [anInstalled({ catalogueId: 'sokuji', layout: 'sokuji', precision: null })]),
  ).toHaveLength(3)
})

const aTask = (order: ModelOrder, status: ModelTask['status'] = 'running'): ModelTask => ({
  jobId: mintJobId(() => crypto.randomUUID()),
  channel: order.channel,
  order,
  label: '',
  status,
  progress: null,
  pace: null,
  error: null,
})

test('work on one model of the catalogue keeps everything else off that model alone', () => {
  const install = aTask({
    channel: 'model.install',
    input: { catalogueId: 'cosyvoice3', precision: 'gpu', mirror: null, acceptedLicence: 'Apache-2.0' },
  })
  const repair = aTask({ channel: 'model.repair', input: { id: 'cosyvoice3-cpu', mirror: null } })
  const all = [anInstalled()]
  for (const task of [install, repair]) {
    expect(isAtWork([task], { catalogueId: 'cosyvoice3' }, all)).toBe(true)
    expect(isAtWork([task], { catalogueId: 'cosyvoice3', id: 'cosyvoice3-cpu' }, all)).toBe(true)
    expect(isAtWork([task], { catalogueId: 'cosyvoice2' }, all)).toBe(false)
    expect(isAtWork([{ ...task, status: 'failed' }], { catalogueId: 'cosyvoice3' }, all)).toBe(false)
  }
  const ownRepair = aTask({ channel: 'model.repair', input: { id: 'my-own', mirror: null } })
  const own = [anInstalled({ id: 'my-own', catalogueId: null }), anInstalled({ id: 'other', catalogueId: null })]
  expect(isAtWork([ownRepair], { catalogueId: null, id: 'my-own' }, own)).toBe(true)
  expect(isAtWork([ownRepair], { catalogueId: null, id: 'other' }, own)).toBe(false)
})

test('an address is one of the web, without a name or a password in it', () => {
  expect(addressProblem('https://mirror.example/{repository}/{path}')).toBeNull()
  expect(addressProblem('http://192.168.1.4:8000/models')).toBeNull()
  expect(addressProblem(' ')).toBe('model.mirror.address.empty')
  expect(addressProblem('ftp://mirror.example')).toBe('model.mirror.address.invalid')
  expect(addressProblem('https://')).toBe('model.mirror.address.invalid')
  expect(addressProblem('https://me:secret@mirror.example')).toBe('model.mirror.address.user')
})

test('whoever is chosen is asked first, and the others after, each by its host', () => {
  const first = { id: 'a', name: 'Hub A', host: 'hub-a.example' }
  const second = { id: 'b', name: 'Hub B', host: 'hub-b.example' }
  const mirrors = [first, second]
  expect(mirrorOrder(mirrors, null)).toEqual([first, second])
  expect(mirrorOrder(mirrors, { id: 'b' })).toEqual([second, first])
  expect(mirrorOrder(mirrors, { baseUrl: 'https://mirror.example:8080/x/{path}' })).toMatchObject([
    { name: 'mirror.example:8080', host: 'mirror.example:8080' },
    first,
    second,
  ])
  // While it is being typed it is no host yet.
  expect(mirrorOrder(mirrors, { baseUrl: 'mirr' })[0]).toMatchObject({ name: 'mirr', host: '' })
})
