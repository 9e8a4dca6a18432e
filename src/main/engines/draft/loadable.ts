interface Loadable<Thing> {
  /** Loads at the first call; a failed load is tried again at the next. */
  get(): Promise<Thing>
  /** Lets go of it; the next `get` loads it afresh. */
  drop(): void
}

export const loadable = <Thing>(load: () => Promise<Thing>): Loadable<Thing> => {
  let loading: Promise<Thing> | undefined
  const drop = (): void => {
    loading = undefined
  }
  return {
    get: () => {
      if (loading) return loading
      const started = load()
      loading = started
      // Whoever asked is told by the promise itself; here only the way is made free for the next try.
      started.catch(() => {
        if (loading === started) drop()
      })
      return started
    },
    drop,
  }
}
