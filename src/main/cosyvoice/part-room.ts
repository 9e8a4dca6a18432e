import { AppCancel } from '../../shared/kernel/index.ts'

/** How each part of something is opened. */
type PartOpeners<Parts extends Record<string, AsyncDisposable>> = {
  readonly [Name in keyof Parts]: () => Promise<Parts[Name]>
}

/** Holds a part; disposing lets go of it, and it stays open until another part is asked for. */
export type PartLease<Part> = AsyncDisposable & { readonly part: Part }

/** Room for one part at a time. */
export interface PartRoom<Parts extends Record<string, AsyncDisposable>> extends AsyncDisposable {
  /**
   * Waits until the part is open and nobody else holds it. Who needs the part that is open goes before those who need another,
   * so that several users of the same parts change them as rarely as they can.
   * @throws AppCancel while it waits, once the signal is aborted; what opening throws
   */
  enter<Name extends keyof Parts>(name: Name, signal: AbortSignal): Promise<PartLease<Parts[Name]>>
}

type Waiting = { readonly name: PropertyKey; admit(): void }

/** A room that keeps one part of a model in memory at a time. */
export const createPartRoom = <Parts extends Record<string, AsyncDisposable>>(
  openers: PartOpeners<Parts>,
): PartRoom<Parts> => {
  const waiting: Waiting[] = []
  let held: { name: PropertyKey; part: AsyncDisposable } | undefined
  let isTaken = false

  const admitNext = (): void => {
    isTaken = false
    const place = Math.max(
      0,
      waiting.findIndex(({ name }) => name === held?.name),
    )
    const [next] = waiting.splice(place, 1)
    if (!next) return
    isTaken = true
    next.admit()
  }

  const admitted = (name: PropertyKey, signal: AbortSignal): Promise<void> => {
    if (!isTaken) {
      isTaken = true
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.splice(waiting.indexOf(entry), 1)
        reject(new AppCancel())
      }
      const entry: Waiting = {
        name,
        admit: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      waiting.push(entry)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  const close = async (): Promise<void> => {
    const closing = held?.part
    held = undefined
    await closing?.[Symbol.asyncDispose]()
  }

  return {
    async enter(name, signal) {
      if (signal.aborted) throw new AppCancel()
      await admitted(name, signal)
      try {
        if (held?.name !== name) {
          await close()
          held = { name, part: await openers[name]() }
        }
        if (signal.aborted) throw new AppCancel()
        const part = held.part as Parts[typeof name]
        return {
          part,
          [Symbol.asyncDispose]: async () => admitNext(),
        }
      } catch (error) {
        admitNext()
        throw error
      }
    },
    [Symbol.asyncDispose]: close,
  }
}
