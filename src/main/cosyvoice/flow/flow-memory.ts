import { totalmem } from 'node:os'
import { MAX_FLOW_FRAMES } from './flow-noise.ts'
import { framesWithin, LineMemory, type MemoryShape, memoryBytes } from './line-memory.ts'

/** Of the memory of the machine. */
const SHARE = 1 / 16
const MOST_BYTES = 2 ** 28
/** The prompts of voices may have that much of it, so that a line always has the rest. */
const PROMPT_SHARE = 3 / 5

/** What a flow may remember on this machine: a sixteenth of its memory, 256 MiB at most. */
export const presetFlowMemoryBytes = (): number => Math.min(MOST_BYTES, Math.floor(SHARE * totalmem()))

/** What a flow remembers of the line that is spoken and of the prompts of earlier ones, never more than it may. */
export interface FlowMemory extends Disposable {
  /** How many of a prompt's frames are remembered: whole chunks, the same whatever else is. */
  promptFrames(finishedFrames: number, steps: number): number
  /** Of a line that begins with a voice: has the frames of its prompt, or none. */
  begin(voice: string, steps: number): LineMemory
  /** Makes room for frames, or for as many whole chunks of them as it may. @returns how many there is room for */
  grow(memory: LineMemory, frames: number): number
  /** The line is over; what it knows of its prompt is kept for the next one. Once is enough. */
  end(voice: string, memory: LineMemory): void
}

/** What the machine has not, whatever the budget allows, is done without: more is computed anew. */
const unlessFull = <Made>(make: () => Made): Made | undefined => {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** @param chunkFrames of an attention chunk: what is remembered or not as a whole */
export const createFlowMemory = (
  shape: MemoryShape,
  { budgetBytes, chunkFrames }: { budgetBytes: number; chunkFrames: number },
): FlowMemory => {
  /** Prompts that no line uses at the moment; the one used longest ago comes first. */
  const kept = new Map<string, LineMemory>()
  const used = new Set<LineMemory>()

  const bytesOf = ({ steps, capacity }: LineMemory): number => memoryBytes(shape, steps, capacity)
  const sum = (memories: Iterable<LineMemory>): number => [...memories].reduce((all, one) => all + bytesOf(one), 0)
  const wholeChunks = (frames: number): number => Math.floor(frames / chunkFrames) * chunkFrames
  const forgetDownTo = (bytes: number): void => {
    for (const [voice, memory] of kept) {
      if (sum(kept.values()) <= bytes) return
      kept.delete(voice)
      memory[Symbol.dispose]()
    }
  }
  const emptyMemory = (steps: number): LineMemory => {
    const mostFrames = Math.min(MAX_FLOW_FRAMES, framesWithin(shape, steps, budgetBytes))
    return unlessFull(() => new LineMemory(shape, steps, mostFrames)) ?? new LineMemory(shape, steps, 0)
  }
  return {
    promptFrames: (finishedFrames, steps) =>
      wholeChunks(Math.min(finishedFrames, framesWithin(shape, steps, PROMPT_SHARE * budgetBytes))),
    begin(voice, steps) {
      const memory = kept.get(voice) ?? emptyMemory(steps)
      kept.delete(voice)
      used.add(memory)
      return memory
    },
    grow(memory, frames) {
      if (frames <= memory.capacity) return memory.capacity
      const others = sum(used) - bytesOf(memory)
      const granted = wholeChunks(Math.min(frames, framesWithin(shape, memory.steps, budgetBytes - others)))
      if (granted <= memory.capacity) return memory.capacity
      forgetDownTo(budgetBytes - others - memoryBytes(shape, memory.steps, granted))
      const before = memory.capacity
      return unlessFull(() => memory.resize(granted)) ?? memory.resize(before)
    },
    end(voice, memory) {
      // Already over, or everything is.
      if (!used.delete(memory)) return
      memory.rewind()
      if (memory.frames === 0 || kept.has(voice)) memory[Symbol.dispose]()
      else kept.set(voice, memory)
      forgetDownTo(PROMPT_SHARE * budgetBytes)
    },
    [Symbol.dispose]() {
      for (const memory of [...kept.values(), ...used]) memory[Symbol.dispose]()
      kept.clear()
      used.clear()
    },
  }
}
