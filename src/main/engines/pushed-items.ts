/**
 * Items that a running call pushes, as an iterable. It ends when the call resolves and throws what the call rejects with,
 * after the items that came before. Leaving the loop early aborts the call.
 * @param start is given where to push to and a signal that aborts when the loop is left
 */
export async function* pushedItems<Item>(
  start: (push: (item: Item) => void, left: AbortSignal) => Promise<unknown>,
): AsyncGenerator<Item> {
  const waiting: Item[] = []
  const left = new AbortController()
  let isRunning = true
  let wake = (): void => undefined
  const call = start((item) => {
    waiting.push(item)
    wake()
  }, left.signal)
  const settled = (): void => {
    isRunning = false
    wake()
  }
  call.then(settled, settled)
  try {
    while (isRunning || waiting.length > 0) {
      const item = waiting.shift()
      if (item !== undefined) yield item
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    await call
  } finally {
    left.abort()
  }
}
