import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChunkCall, type ChunkGeometry, nextChunk, startChunks } from './chunk-schedule.ts'

const geometry = (promptTokens: number, beginsSoon = false): ChunkGeometry => ({
  ...{ promptTokens, chunkTokens: 25, lookaheadTokens: 3, beginsSoon },
})

type Made = ChunkCall & { readonly available: number }

/** Every call of a line whose tokens arrive in portions, with how many there were when it could be made. */
const callsOf = (promptTokens: number, portions: readonly number[], beginsSoon = false): Made[] => {
  const calls: Made[] = []
  let schedule = startChunks(geometry(promptTokens, beginsSoon))
  const make = (available: number, hasEnded: boolean): void => {
    for (let next = nextChunk(schedule, available, hasEnded); next; next = nextChunk(schedule, available, hasEnded)) {
      calls.push({ ...next.call, available })
      schedule = next.schedule
    }
  }
  let available = 0
  for (const portion of portions) {
    available += portion
    make(available, false)
  }
  make(available, true)
  return calls
}
const oneByOne = (tokens: number): number[] => Array.from({ length: tokens }, () => 1)
const spans = (calls: readonly ChunkCall[]): number[][] => calls.map(({ offset, spokenEnd }) => [offset, spokenEnd])

describe('the chunks of a line', () => {
  it('are 25, 50, 100 and again 100 tokens, and what is left', () => {
    expect(spans(callsOf(0, oneByOne(300)))).toEqual([
      [0, 25],
      [25, 75],
      [75, 175],
      [175, 275],
      [275, 300],
    ])
  })

  it('begin with what the last chunk of the prompt leaves open', () => {
    expect(spans(callsOf(87, oneByOne(120)))).toEqual([
      [0, 38],
      [38, 88],
      [88, 120],
    ])
    expect(spans(callsOf(50, oneByOne(30)))).toEqual([
      [0, 25],
      [25, 30],
    ])
  })

  it('begin with that alone where it is worth a call and none is drawn twice', () => {
    const soon = (promptTokens: number) => spans(callsOf(promptTokens, oneByOne(120), true)).slice(0, 3)
    expect(soon(78)).toEqual([
      [0, 22],
      [22, 47],
      [47, 97],
    ])
    expect(soon(65)[0]).toEqual([0, 10])
    expect(soon(66)[0]).toEqual([0, 34])
    expect(soon(75)[0]).toEqual([0, 25])
  })

  it.each([
    [1, [1]],
    [27, [27]],
    [28, [25, 28]],
    [77, [25, 77]],
    [78, [25, 75, 78]],
  ])('of a line of %i tokens end at %j', (tokens, ends) => {
    expect(callsOf(0, oneByOne(tokens)).map(({ spokenEnd }) => spokenEnd)).toEqual(ends)
  })

  it('of a line without a token are none', () => {
    expect(callsOf(10, [])).toEqual([])
  })

  it('begin anew with each line', () => {
    callsOf(0, oneByOne(400))
    expect(callsOf(0, oneByOne(28))[0]).toMatchObject({ spokenEnd: 25, available: 28 })
  })

  it('render every token once and in order, know three tokens more, are made at once, and end with the attention chunks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (promptTokens, portions, beginsSoon) => {
          const tokens = portions.reduce((sum, portion) => sum + portion, 0)
          const calls = callsOf(promptTokens, portions, beginsSoon)
          let [rendered, hopTokens] = [0, 25]
          for (const [index, call] of calls.entries()) {
            expect(call.offset).toBe(rendered)
            expect(call.spokenEnd).toBeGreaterThan(rendered)
            expect(call.isFinal).toBe(index === calls.length - 1)
            if (call.isFinal) expect([call.tokensEnd, call.spokenEnd]).toEqual([tokens, tokens])
            else {
              expect(call.tokensEnd).toBe(call.spokenEnd + 3)
              expect((promptTokens + call.spokenEnd) % 25).toBe(0)
              expect(call.tokensEnd).toBeLessThanOrEqual(call.available)
              // The least of whole chunks that is no less than the hop: no call could have been made before.
              expect(call.spokenEnd - rendered).toBeLessThan(hopTokens + (index === 0 ? 25 : 1))
              if (call.spokenEnd >= 25) hopTokens = Math.min(100, 2 * hopTokens)
            }
            rendered = call.spokenEnd
          }
          expect(rendered).toBe(tokens)
          const withoutTimes = (made: readonly Made[]) => made.map(({ available: _, ...call }) => call)
          const each = callsOf(promptTokens, oneByOne(tokens), beginsSoon)
          expect(withoutTimes(calls)).toEqual(withoutTimes(each))
          // Token by token, a call that is not final waits for the last token it needs and no other.
          for (const call of each) expect(call.available).toBe(call.tokensEnd)
        },
      ),
    )
  })
})
