/** One after the other for each key: asked for twice at the same time, a voice would be there twice. */
export type InTurn = <Output>(key: string, action: () => Promise<Output>) => Promise<Output>

export const takeTurns = (): InTurn => {
  const turns = new Map<string, Promise<unknown>>()
  return async (key, action) => {
    const turn = (turns.get(key) ?? Promise.resolve()).then(action)
    const over = turn.catch(() => undefined)
    turns.set(key, over)
    try {
      return await turn
    } finally {
      if (turns.get(key) === over) turns.delete(key)
    }
  }
}
