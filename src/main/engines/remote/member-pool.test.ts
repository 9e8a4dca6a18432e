import { expect, test } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { AppCancel, memberIdSchema } from '../../../shared/kernel/index.ts'
import { type FailureClass, type FailureFacts, RemoteFailure } from '../../remote/index.ts'
import { createMemberPool, type MemberPool, type PoolMember } from './member-pool.ts'

const memberId = (name: string) => memberIdSchema.parse(`member_${name}`)
const never = new AbortController().signal
const everyone = { mayUse: (_member: PoolMember) => true }
const failure = (failureClass: FailureClass, facts: Omit<Partial<FailureFacts>, 'params'> = {}): RemoteFailure =>
  new RemoteFailure(failureClass, { reason: 'x', ...facts })

const poolOf = (...members: (Partial<PoolMember> & { name: string })[]) => {
  const time = fakeTime()
  const pool = createMemberPool(
    members.map(({ name, ...rest }) => ({
      memberId: memberId(name),
      ...{ concurrency: 1, requestsPerSecond: null, isDraining: false },
      ...rest,
    })),
    { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer },
  )
  return { time, pool }
}
const nameOf = ({ member }: { member: PoolMember }): string => member.memberId.replace('member_', '')
/** Lets promises that are settled be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('pieces go where most room is, and wait in their order where there is none', async () => {
  const { pool } = poolOf({ name: 'small' }, { name: 'large', concurrency: 3 })
  const leases = [await pool.acquire(everyone, never), await pool.acquire(everyone, never)]
  leases.push(await pool.acquire(everyone, never), await pool.acquire(everyone, never))
  expect(leases.map(nameOf).toSorted()).toEqual(['large', 'large', 'large', 'small'])
  const order: string[] = []
  const waiting = ['one', 'two'].map(async (name) => {
    const lease = await pool.acquire(everyone, never)
    order.push(name)
    return lease
  })
  await turn()
  expect(order).toEqual([])
  leases[0]?.[Symbol.dispose]()
  leases[1]?.[Symbol.dispose]()
  await Promise.all(waiting)
  expect(order).toEqual(['one', 'two'])
})

test('of equals the faster one is taken', async () => {
  const { pool, time } = poolOf({ name: 'slow' }, { name: 'fast' })
  const both = [await pool.acquire(everyone, never), await pool.acquire(everyone, never)]
  for (const name of ['fast', 'slow']) {
    time.pass(10)
    both.find((lease) => nameOf(lease) === name)?.succeeded(2)
  }
  for (const lease of both) lease[Symbol.dispose]()
  expect(pool.states().map(({ msPerUnit }) => msPerUnit)).toEqual([10, 5])
  expect(nameOf(await pool.acquire(everyone, never))).toBe('fast')
})

test('one that drains or cannot serve gets nothing', async () => {
  const { pool } = poolOf({ name: 'draining', isDraining: true }, { name: 'other' }, { name: 'knowing' })
  const knowing = { mayUse: ({ memberId: id }: PoolMember) => id !== memberId('other') }
  expect(nameOf(await pool.acquire(knowing, never))).toBe('knowing')
  await expect(pool.acquire({ mayUse: () => false }, never)).rejects.toMatchObject({ failureClass: 'unavailable' })
  expect(pool.states().map(({ resting }) => resting)).toEqual(['draining', null, null])
})

test('one that failed is avoided while another can serve', async () => {
  const { pool } = poolOf({ name: 'one' }, { name: 'two' })
  const avoid = memberId('one')
  expect(nameOf(await pool.acquire({ mayUse: () => true, avoid }, never))).toBe('two')
  const alone = { mayUse: ({ memberId: id }: PoolMember) => id === avoid }
  expect(nameOf(await pool.acquire({ ...alone, avoid }, never))).toBe('one')
  expect(pool.hasOther(avoid, alone.mayUse)).toBe(false)
  expect(pool.hasOther(avoid, () => true)).toBe(true)
})

test('one that asks for less rests as long as it says, and has half the room for a minute', async () => {
  const { pool, time } = poolOf({ name: 'only', concurrency: 4 })
  const first = await pool.acquire(everyone, never)
  first.failed(failure('rate-limit', { retryAfterMs: 5000 }))
  first[Symbol.dispose]()
  let served = 0
  const waiting = Array.from({ length: 4 }, async () => {
    const lease = await pool.acquire(everyone, never)
    served += 1
    return lease
  })
  await turn()
  expect([served, pool.states()[0]?.resting]).toEqual([0, 'rate-limited'])
  time.pass(5000)
  await turn()
  expect(served).toBe(2)
  time.pass(60_000)
  const [lease] = await Promise.all(waiting.slice(0, 2))
  lease?.[Symbol.dispose]()
  await Promise.all(waiting)
  expect(served).toBe(4)
})

const takesDown = async (pool: MemberPool<PoolMember>, asked = everyone): Promise<void> => {
  for (let count = 0; count < 5; count++) {
    using lease = await pool.acquire(asked, never)
    lease.failed(failure('network'))
  }
}

test('one that fails five times in a row is not asked for half a minute; where it is the only one, it is waited for', async () => {
  const { pool, time } = poolOf({ name: 'down' }, { name: 'up' })
  const onlyDown = { mayUse: ({ memberId: id }: PoolMember) => id === memberId('down') }
  await takesDown(pool, onlyDown)
  expect(pool.states().map(({ resting }) => resting)).toEqual(['down', null])
  expect(nameOf(await pool.acquire(everyone, never))).toBe('up')
  let isServed = false
  const waiting = pool.acquire(onlyDown, never).finally(() => {
    isServed = true
  })
  time.pass(29_999)
  await turn()
  expect(isServed).toBe(false)
  time.pass(1)
  expect(nameOf(await waiting)).toBe('down')
})

test('one that was down is looked for, and given pieces only when it was seen', async () => {
  const looks: boolean[] = []
  const probe = async (): Promise<void> => {
    const isThere = looks.length === 2
    looks.push(isThere)
    if (!isThere) throw failure('network')
  }
  const { pool, time } = poolOf({ name: 'down', concurrency: 3, probe })
  await takesDown(pool)
  const waiting = [pool.acquire(everyone, never), pool.acquire(everyone, never)]
  for (const count of [0, 1, 2, 3]) {
    expect([looks.length, pool.states()[0]?.running]).toEqual([count, count === 3 ? 2 : 0])
    time.pass(30_000)
    await turn()
  }
  await Promise.all(waiting)
  expect([looks, pool.states()[0]?.resting]).toEqual([[false, false, true], null])
})

test('one that answers the look with anything at all is there', async () => {
  const probe = async (): Promise<void> => {
    throw failure('protocol', { httpStatus: 404 })
  }
  const { pool, time } = poolOf({ name: 'down', probe })
  await takesDown(pool)
  const waiting = pool.acquire(everyone, never)
  time.pass(30_000)
  expect(nameOf(await waiting)).toBe('down')
})

test('one that is slow is not taken for down', async () => {
  const { pool } = poolOf({ name: 'slow' })
  for (let count = 0; count < 6; count += 1) {
    using lease = await pool.acquire(everyone, never)
    lease.failed(failure('timeout'))
  }
  expect(pool.states()[0]?.resting).toBeNull()
})

test('one that is silent when it is looked for is not there again', async () => {
  const looks: FailureClass[] = ['timeout', 'timeout', 'protocol']
  const probe = async (): Promise<void> => {
    throw failure(looks.shift() ?? 'network')
  }
  const { pool, time } = poolOf({ name: 'down', probe })
  await takesDown(pool)
  const waiting = pool.acquire(everyone, never)
  for (const left of [2, 1]) {
    time.pass(30_000)
    await turn()
    expect([looks.length, pool.states()[0]?.running, pool.states()[0]?.resting]).toEqual([left, 0, 'down'])
  }
  time.pass(30_000)
  expect(nameOf(await waiting)).toBe('down')
})

test('one that is gone for ten minutes is waited for no longer, and found when it is there again', async () => {
  let isThere = false
  let looks = 0
  const probe = async (): Promise<void> => {
    looks += 1
    if (!isThere) throw failure('network')
  }
  const { pool, time } = poolOf({ name: 'gone', probe })
  await takesDown(pool)
  const waiting = [pool.acquire(everyone, never), pool.acquire(everyone, never)]
  const ends = Promise.allSettled(waiting)
  for (let minutes = 0; minutes < 10; minutes += 0.5) {
    time.pass(30_000)
    await turn()
  }
  expect(await ends).toMatchObject(Array.from({ length: 2 }, () => ({ reason: { failureClass: 'unavailable' } })))
  // Whoever comes now need not wait to be told, and does not make it be looked for all the time.
  expect(looks).toBe(20)
  await expect(pool.acquire(everyone, never)).rejects.toMatchObject({ failureClass: 'unavailable' })
  expect(looks).toBe(20)
  isThere = true
  time.pass(30_000)
  expect(nameOf(await pool.acquire(everyone, never))).toBe('gone')
  expect(looks).toBe(21)
})

test('a pool that ends looks for nobody any more', async () => {
  const signals: AbortSignal[] = []
  const probe = (signal: AbortSignal): Promise<void> =>
    new Promise((_, reject) => {
      signals.push(signal)
      signal.addEventListener('abort', () => reject(new AppCancel()))
    })
  const { pool, time } = poolOf({ name: 'down', probe })
  await takesDown(pool)
  const controller = new AbortController()
  const waiting = pool.acquire(everyone, controller.signal)
  time.pass(30_000)
  await turn()
  pool[Symbol.dispose]()
  controller.abort()
  await expect(waiting).rejects.toBeInstanceOf(AppCancel)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  time.pass(60_000)
  await turn()
  expect(signals).toHaveLength(1)
})

test('one that was down is asked by one piece alone until it has answered', async () => {
  const { pool, time } = poolOf({ name: 'down', concurrency: 4 })
  await takesDown(pool)
  time.pass(30_000)
  const probe = await pool.acquire(everyone, never)
  let served = 0
  const waiting = Array.from({ length: 3 }, async () => {
    await pool.acquire(everyone, never)
    served += 1
  })
  await turn()
  expect(served).toBe(0)
  probe.succeeded(1)
  probe[Symbol.dispose]()
  await Promise.all(waiting)
  expect(served).toBe(3)
})

test('a refused key is not tried again with every piece', async () => {
  const { pool, time } = poolOf({ name: 'one' })
  {
    using lease = await pool.acquire(everyone, never)
    lease.failed(failure('auth'))
  }
  await expect(pool.acquire(everyone, never)).rejects.toMatchObject({ failureClass: 'auth' })
  expect(pool.states()[0]?.resting).toBe('blocked')
  time.pass(30_000)
  expect(nameOf(await pool.acquire(everyone, never))).toBe('one')
})

test('requests are spread over the seconds', async () => {
  const { pool, time } = poolOf({ name: 'one', concurrency: 10, requestsPerSecond: 2 })
  let passed = 0
  const asked = Array.from({ length: 5 }, async () => {
    await pool.acquire(everyone, never)
    passed += 1
  })
  await turn()
  expect(passed).toBe(2)
  time.pass(1000)
  await turn()
  expect(passed).toBe(4)
  time.pass(500)
  await Promise.all(asked)
})

test('who is cancelled waits no longer and takes no place', async () => {
  const { pool } = poolOf({ name: 'one' })
  const held = await pool.acquire(everyone, never)
  const controller = new AbortController()
  const cancelled = pool.acquire(everyone, controller.signal)
  const next = pool.acquire(everyone, never)
  controller.abort()
  await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
  held[Symbol.dispose]()
  held[Symbol.dispose]()
  expect(nameOf(await next)).toBe('one')
  expect(pool.states()[0]?.running).toBe(1)
  await expect(pool.acquire(everyone, AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
})
