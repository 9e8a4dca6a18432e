import type { ReadTake } from '../../shared/audio/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { createGrowingReader, type GrowingReader, type TakeGrowth } from '../take-store/index.ts'

/** How far a take has come that is not lost. */
export type Grown = Extract<TakeGrowth, { kind: 'growing' }>

/** A take that is still being rendered, as far as it has come. Whoever knows how far that is tells it. */
export class GrowingSound implements AsyncDisposable {
  readonly #reader: GrowingReader = createGrowingReader()
  #grown: Grown | undefined
  #tellChange: () => void = () => undefined
  #changed = this.#nextChange()

  /** Samples that can be read. */
  get reachedSamples(): number {
    return this.#grown?.writtenSamples ?? 0
  }

  /** There will be no more than can be read now. */
  get isWhole(): boolean {
    return this.#grown?.isWhole ?? false
  }

  grow(grown: Grown): void {
    this.#grown = grown
    this.wake()
  }

  /** Settles at the next change. */
  changed(): Promise<void> {
    return this.#changed
  }

  /** Lets go of whoever waits for a change. */
  wake(): void {
    const tell = this.#tellChange
    this.#changed = this.#nextChange()
    tell()
  }

  /** For a mixdown of this take alone. @throws AppError `take.missing` when it was lost, or beyond what it has reached */
  readonly readTake: ReadTake = async (_takeId, startSamples, target) => {
    if (!this.#grown || startSamples + target.length > this.#grown.writtenSamples)
      throw new AppError('take.missing', { params: { reason: 'short' }, remedies: ['render-again'] })
    await this.#reader.read(this.#grown, startSamples, target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wake()
    await this.#reader[Symbol.asyncDispose]()
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellChange = resolve
    })
  }
}
