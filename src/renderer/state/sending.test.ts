import { expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { HARNESS_PROJECT } from '../../../test/support/renderer-harness/sample-records.ts'
import type { RenderScope } from '../../shared/contract/index.ts'
import { type Price, remoteDraftSchema } from '../../shared/endpoint/index.ts'
import { AppError, type EngineId } from '../../shared/kernel/index.ts'
import { createBridge } from '../bridge/index.ts'
import { engineOfError, spentThisMonth } from './remote-engines.ts'
import { consentOfError, createSending } from './sending.ts'

const PROJECT = { kind: 'project' } as const
const PRICE: Price = { amount: 1, currency: 'CNY', per: 10, unit: 'code-points' }

/** A project of two lines that speak with an engine elsewhere. */
const open = async (price: Price | null) => {
  const wire = createInMemoryCosy({
    ...{ lines: 2, chapters: 1, rendered: 0, settings: {}, hasProject: true, failingLine: null },
    outputFallback: false,
  })
  const bridge = createBridge(wire, () => crypto.randomUUID())
  const { engineId } = await bridge.call('remote.save', {
    ...remoteDraftSchema.parse({
      engineId: null,
      engine: {
        name: 'Far',
        connection: { kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
        members: [
          {
            ...{ memberId: 'member_a', baseUrl: 'http://a.example', concurrency: 1 },
            ...{ requestsPerSecond: null, isDraining: false },
          },
        ],
        ...{ price, monthlyLimit: null },
        voices: [{ remoteVoice: 'anna', name: 'Anna', language: null, gender: 'female' }],
      },
      keys: {},
    }),
    mayKeepKeysInFile: false,
  })
  const voice = (await bridge.call('voice.list')).find(({ name }) => name === 'Anna')
  const { records } = await bridge.call('project.open', { projectId: HARNESS_PROJECT })
  const settings = records.find((record) => record.kind === 'project')
  if (!voice || settings?.kind !== 'project') throw new Error('a voice and a project')
  await bridge.call('project.edit', {
    projectId: HARNESS_PROJECT,
    edit: {
      put: [{ ...settings, direction: { ...settings.direction, engineId, voiceId: voice.voiceId } }],
      remove: [],
    },
    ...{ label: 'edit.direction', coalesceKey: null },
  })
  const lines = records.flatMap((record) => (record.kind === 'line' ? [record.lineId] : []))
  const told: unknown[] = []
  const sending = createSending(bridge, { hasRemoteEngines: () => true, tellError: (error) => told.push(error) })
  let done = 0
  const work = async (): Promise<void> => {
    await bridge.call('render.enqueue', { projectId: HARNESS_PROJECT, scope: PROJECT })
    done += 1
  }
  return { bridge, sending, work, told, engineId, lines, done: () => done, question: () => sending.store.getState() }
}

test('what costs something and was never allowed is asked for once, then done', async () => {
  const { bridge, sending, work, done, question, engineId } = await open(PRICE)
  await sending.render(HARNESS_PROJECT, PROJECT, work)
  const asked = question()
  expect(done()).toBe(0)
  expect(asked).toMatchObject({
    isRender: true,
    missing: [{ kind: 'text', subjectId: HARNESS_PROJECT, engineId, engineName: 'Far' }],
    estimates: [{ lines: 2, cost: { currency: 'CNY' } }],
  })
  if (!asked) throw new Error('a question')
  await sending.allow(asked)
  await vi.waitUntil(() => done() === 1)
  expect(question()).toBeNull()
  const [estimate] = await bridge.call('render.estimate', { projectId: HARNESS_PROJECT, scope: PROJECT })
  expect(estimate?.needsConsent).toEqual([])
})

test('without a price and with consent nothing is asked', async () => {
  const { bridge, sending, work, done, question, engineId } = await open(null)
  await bridge.call('consent.give', { subjectId: HARNESS_PROJECT, engineId })
  await sending.render(HARNESS_PROJECT, PROJECT, work)
  expect([done(), question()]).toEqual([1, null])
})

test('with consent the price alone is asked about, and can be declined', async () => {
  const { bridge, sending, work, done, question, engineId } = await open(PRICE)
  await bridge.call('consent.give', { subjectId: HARNESS_PROJECT, engineId })
  await sending.render(HARNESS_PROJECT, PROJECT, work)
  expect(question()).toMatchObject({ missing: [], estimates: [{ lines: 2 }] })
  sending.dismiss()
  expect([done(), question()]).toEqual([0, null])
})

test('who is content with a cost is asked again only for more, for a consent, past the limit, and when they say so', async () => {
  const { bridge, sending, question, engineId, lines } = await open(PRICE)
  let done = 0
  const work = async (): Promise<void> => {
    done += 1
  }
  const [first, second] = lines.map((lineId): RenderScope => ({ kind: 'lines', lineIds: [lineId] }))
  if (!first || !second) throw new Error('two lines')
  const costOf = async (scope: RenderScope): Promise<number> => {
    const [estimate] = await bridge.call('render.estimate', { projectId: HARNESS_PROJECT, scope })
    return estimate?.cost?.amount ?? 0
  }
  const [dear, cheap] = (await costOf(first)) > (await costOf(second)) ? [first, second] : [second, first]
  expect(await costOf(dear)).toBeGreaterThan(await costOf(cheap))
  const say = async (unasked: ReadonlySet<EngineId>): Promise<void> => {
    const asked = question()
    if (!asked) throw new Error('a question')
    await sending.allow(asked, unasked)
  }

  // Content with the cheaper line: the same again is done, the dearer one is asked about.
  await sending.render(HARNESS_PROJECT, cheap, work)
  await say(new Set([engineId]))
  await sending.render(HARNESS_PROJECT, cheap, work)
  expect([question(), done]).toEqual([null, 2])
  await sending.render(HARNESS_PROJECT, dear, work)
  expect(question()).toMatchObject({ missing: [], estimates: [{ lines: 1 }] })
  expect(done).toBe(2)

  // Allowed this once, it is asked about again; content with it, no more.
  await say(new Set())
  await sending.render(HARNESS_PROJECT, dear, work)
  await say(new Set([engineId]))
  await sending.render(HARNESS_PROJECT, dear, work)
  expect([question(), done]).toEqual([null, 5])

  // A consent is asked for whatever it costs, and so is a price that a person wants to hear of again.
  await bridge.call('consent.withdraw', { engineId })
  await sending.render(HARNESS_PROJECT, cheap, work)
  expect(question()).toMatchObject({ missing: [{ kind: 'text' }] })
  await say(new Set())
  await sending.render(HARNESS_PROJECT, cheap, work)
  expect(question()).toBeNull()
  sending.askAgain(engineId)
  await sending.render(HARNESS_PROJECT, cheap, work)
  expect(question()).toMatchObject({ missing: [] })

  // What passes the monthly limit is never done unasked.
  await say(new Set([engineId]))
  const [listing] = (await bridge.call('remote.list')).engines
  if (!listing) throw new Error('an engine')
  await bridge.call('remote.save', {
    ...{ engineId, engine: { ...listing.engine, monthlyLimit: 0.01 }, keys: {}, mayKeepKeysInFile: false },
  })
  await sending.render(HARNESS_PROJECT, cheap, work)
  expect(question()).toMatchObject({ missing: [], estimates: [{ monthlyLimit: 0.01 }] })
})

test('what is refused for want of a consent asks for it and is done afterwards; other failures stay failures', async () => {
  const { sending, work, done, question } = await open(null)
  await sending.orAsk(work, { projectId: HARNESS_PROJECT, scope: PROJECT })
  expect(question()).toMatchObject({ isRender: false, missing: [{ kind: 'text' }], estimates: [{ lines: 2 }] })
  sending.dismiss()
  await sending.orAsk(work)
  const asked = question()
  expect(asked).toMatchObject({ estimates: [], missing: [{ kind: 'text', subjectId: HARNESS_PROJECT }] })
  if (!asked) throw new Error('a question')
  await sending.allow(asked)
  await vi.waitUntil(() => done() === 1)
  const failing = async (): Promise<void> => {
    throw new AppError('take.missing')
  }
  await expect(sending.orAsk(failing)).rejects.toMatchObject({ code: 'take.missing' })
})

test('what fails after it was allowed is told', async () => {
  const { sending, told, question } = await open(null)
  const failing = async (): Promise<void> => {
    throw new AppError('take.missing')
  }
  const error = new AppError('cloud.consent-needed', {
    params: { engine: 'Far', engineId: 'openai-new1', subject: 'voice', subjectId: 'voice_recorded', voice: 'Lin' },
  }).toData()
  expect(sending.ask(error, failing)).toBe(true)
  const asked = question()
  expect(asked?.missing).toMatchObject([{ kind: 'voice', voiceName: 'Lin' }])
  if (!asked) throw new Error('a question')
  await sending.allow(asked)
  await vi.waitUntil(() => told.length === 1)
  expect(told).toMatchObject([{ code: 'take.missing' }])
})

test('an error that names nothing to allow asks nothing', () => {
  expect(consentOfError({ code: 'cloud.offline', params: { subject: 'text', subjectId: HARNESS_PROJECT } })).toBe(
    undefined,
  )
  expect(
    consentOfError({
      code: 'cloud.consent-needed',
      params: { engineId: 'far', subject: 'text', subjectId: 'voice_1' },
    }),
  ).toBe(undefined)
})

test('errors find their engine by its id, or by its name; sums are kept by currency', async () => {
  const { bridge, engineId } = await open(PRICE)
  const { engines } = await bridge.call('remote.list')
  expect(engineOfError(engines, { params: { engine: 'Far' } })?.engine.engineId).toBe(engineId)
  expect(engineOfError(engines, { params: { engineId, engine: 'Former name' } })?.engine.engineId).toBe(engineId)
  expect(engineOfError(engines, { params: { engine: 'None' } })).toBe(undefined)
  const money = (amount: number, currency: string) => ({ spentThisMonth: { amount, currency } })
  expect(spentThisMonth([money(1, 'CNY'), { spentThisMonth: null }, money(2, 'USD'), money(3, 'CNY')])).toEqual([
    { amount: 4, currency: 'CNY' },
    { amount: 2, currency: 'USD' },
  ])
})
