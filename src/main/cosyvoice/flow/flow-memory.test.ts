import { totalmem } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createFlowMemory, presetFlowMemoryBytes } from './flow-memory.ts'
import { type MemoryShape, memoryBytes } from './line-memory.ts'

const STEPS = 2
const CHUNK = 50
const SHAPE: MemoryShape = { layers: 3, width: 8, scales: 2, contextDims: [2, 8, 4] }
/** That holds as many frames and no more. */
const memoryOf = (frames: number) =>
  createFlowMemory(SHAPE, { budgetBytes: memoryBytes(SHAPE, STEPS, frames), chunkFrames: CHUNK })

describe('the budget of a flow', () => {
  it('is a sixteenth of the machine’s memory, and 256 MiB at most', () => {
    expect(presetFlowMemoryBytes()).toBe(Math.min(2 ** 28, Math.floor(totalmem() / 16)))
  })

  it('counts keys, values and scales of every layer, and contexts, at every step with and without the condition', () => {
    const perFrame = 2 * STEPS * 3 * 2 * (8 + 2 * 4)
    const contexts = 2 * STEPS * 2 * 4 * (2 * 8 * 4)
    expect(memoryBytes(SHAPE, STEPS, 7)).toBe(7 * perFrame + contexts)
    expect(memoryBytes({ ...SHAPE, scales: undefined }, STEPS, 7)).toBe(7 * 2 * STEPS * 3 * 2 * 8 * 4 + contexts)
  })

  it('is given out in whole chunks, as far as it goes', () => {
    using flow = memoryOf(149)
    const memory = flow.begin('a voice', STEPS)
    expect(flow.grow(memory, 50)).toBe(50)
    expect(flow.grow(memory, 300)).toBe(100)
    expect(flow.grow(memory, 300)).toBe(100)
  })

  it('is for prompts by half, whatever else it holds', () => {
    using flow = memoryOf(320)
    expect([49, 50, 149, 200, 1000].map((frames) => flow.promptFrames(frames, STEPS))).toEqual([0, 50, 100, 150, 150])
    flow.grow(flow.begin('another', STEPS), 300)
    expect(flow.promptFrames(1000, STEPS)).toBe(150)
  })

  const spoken = (flow: ReturnType<typeof memoryOf>, voice: string, promptFrames: number, frames: number): void => {
    const memory = flow.begin(voice, STEPS)
    if (memory.frames === 0) {
      flow.grow(memory, promptFrames)
      memory.advance(promptFrames)
      memory.markPrompt()
    }
    flow.grow(memory, frames)
    flow.end(voice, memory)
  }
  const known = (flow: ReturnType<typeof memoryOf>, voice: string): number => {
    const memory = flow.begin(voice, STEPS)
    const { frames } = memory
    flow.end(voice, memory)
    return frames
  }

  it('goes to the line that is spoken before the prompts of others', () => {
    using flow = memoryOf(400)
    spoken(flow, 'one', 50, 50)
    spoken(flow, 'two', 50, 50)
    expect([known(flow, 'one'), known(flow, 'two')]).toEqual([50, 50])
    // Contexts count too: this leaves room for one prompt.
    spoken(flow, 'three', 50, 300)
    expect([known(flow, 'one'), known(flow, 'two'), known(flow, 'three')]).toEqual([0, 50, 50])
  })

  it('is shared by lines that are spoken at the same time', () => {
    using flow = memoryOf(220)
    const [one, other] = [flow.begin('one', STEPS), flow.begin('other', STEPS)]
    expect(flow.grow(one, 150)).toBe(150)
    expect(flow.grow(other, 150)).toBe(50)
    flow.end('one', one)
    expect(flow.grow(other, 150)).toBe(150)
  })

  it('holds a prompt once, however many lines of its voice were spoken at the same time', () => {
    using flow = memoryOf(400)
    const lines = [flow.begin('a voice', STEPS), flow.begin('a voice', STEPS)] as const
    for (const memory of lines) {
      flow.grow(memory, 50)
      memory.advance(50)
      memory.markPrompt()
    }
    for (const memory of lines) flow.end('a voice', memory)
    expect(lines.map(({ capacity }) => capacity)).toEqual([50, 0])
    expect(known(flow, 'a voice')).toBe(50)
  })

  it('gives back what a line needed behind its prompt, and all of it at the end', () => {
    const flow = memoryOf(400)
    const memory = flow.begin('a voice', STEPS)
    flow.grow(memory, 50)
    memory.advance(50)
    memory.markPrompt()
    flow.grow(memory, 200)
    memory.advance(100)
    flow.end('a voice', memory)
    expect([memory.frames, memory.capacity]).toEqual([50, 50])
    flow[Symbol.dispose]()
    expect([memory.frames, memory.capacity]).toEqual([0, 0])
    expect(known(flow, 'a voice')).toBe(0)
  })

  it('is not lost, nor filled, by a line that ends twice or after its flow', () => {
    const flow = memoryOf(400)
    spoken(flow, 'a voice', 50, 100)
    const memory = flow.begin('a voice', STEPS)
    flow.end('a voice', memory)
    flow.end('a voice', memory)
    expect(known(flow, 'a voice')).toBe(50)
    const late = flow.begin('a voice', STEPS)
    flow[Symbol.dispose]()
    flow.end('a voice', late)
    expect([late.frames, late.capacity]).toEqual([0, 0])
    expect(known(flow, 'a voice')).toBe(0)
  })

  it('that the machine does not have is done without', () => {
    const huge: MemoryShape = { ...SHAPE, layers: 2 ** 40 }
    using flow = createFlowMemory(huge, { budgetBytes: Number.MAX_SAFE_INTEGER, chunkFrames: 1 })
    const memory = flow.begin('a voice', STEPS)
    expect(flow.grow(memory, 10)).toBe(0)
    expect(memory.frames).toBe(0)
  })
})
