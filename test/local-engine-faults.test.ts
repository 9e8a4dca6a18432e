import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { aFaultyStudio, DRAFT, type FaultyStudio, type FaultyStudioOptions, LOCAL } from './support/faulty-studio.ts'
import { kill, linesThatSay, times } from './support/faulty-workers.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { writeVoiceModel } from './support/tiny-voice-model.ts'

const HELLO = 'Hello.'
const LONG = `${'The night boat left, and nobody on the bank waved. '.repeat(5)}Nobody.`
const GOODBYE = 'Good evening.'
const DONE = { status: 'done', attempts: 1, error: null, takes: 1 }

let scratch: TestFolder
let model: string
let opened: FaultyStudio | undefined
let count = 0
beforeAll(async () => {
  scratch = temporaryFolder()
  model = path.join(scratch.directory, 'model')
  await writeVoiceModel('cosyvoice3', model)
})
afterEach(async () => {
  await opened?.[Symbol.asyncDispose]()
  opened = undefined
})
afterAll(() => scratch[Symbol.dispose]())

const studioWith = async (options: Partial<FaultyStudioOptions> = {}): Promise<FaultyStudio> => {
  opened = await aFaultyStudio({
    directory: path.join(scratch.directory, `library-${count++}`),
    modelDirectory: model,
    ...options,
  })
  return opened
}

test('a process that is ended in the middle of a line costs that line one more attempt, and nothing else', async () => {
  const { studio, workers, queue, awake, unfinishedTakes } = await studioWith()
  const killed = workers.on(times(1, { matches: linesThatSay('Nobody'), moment: 'speaking', act: kill }))
  const local = await queue([HELLO, LONG, GOODBYE])
  const draft = await queue([HELLO, GOODBYE], DRAFT)
  await studio.queue.whenIdle()
  expect(killed()).toBe(1)
  expect(local.lines()).toEqual({ [HELLO]: DONE, [LONG]: { ...DONE, attempts: 2 }, [GOODBYE]: DONE })
  expect(draft.lines()).toEqual({ [HELLO]: DONE, [GOODBYE]: DONE })
  expect(workers.of(LOCAL)).toHaveLength(2)
  expect(workers.of(DRAFT)).toHaveLength(1)
  expect(unfinishedTakes()).toEqual([])
  expect(awake.at(-1)).toBe('stop')
})

test.each(['resident', 'staged'] as const)(
  'a line that ends the process each time fails alone, %s',
  async (localMemory) => {
    const { studio, workers, queue, awake, unfinishedTakes } = await studioWith({ settings: { localMemory } })
    workers.on({ matches: linesThatSay('Nobody'), moment: 'speaking', act: kill })
    const others = ['One.', 'Two.', 'Three.', 'Four.']
    const local = await queue([HELLO, LONG, ...others, GOODBYE])
    const draft = await queue([HELLO, GOODBYE], DRAFT)
    await studio.queue.whenIdle()
    const { [LONG]: failed, ...rest } = local.lines()
    expect(failed).toMatchObject({
      status: 'failed',
      attempts: 3,
      takes: 0,
      error: { code: 'engine.crashed', remedies: ['try-again', 'report'], retryable: true },
    })
    for (const [text, line] of Object.entries(rest)) expect(line, text).toMatchObject({ status: 'done', takes: 1 })
    expect(Object.values(draft.lines())).toEqual([DONE, DONE])
    expect(workers.of(DRAFT)).toHaveLength(1)
    expect(unfinishedTakes()).toEqual([])
    expect(awake.at(-1)).toBe('stop')
  },
)
