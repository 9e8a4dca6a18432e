import { createStore, type StoreApi } from 'zustand/vanilla'

export type SidePanel = 'inspector' | 'cast' | 'queue'

/** How a person arranged this window; of no concern to main. */
export type Preferences = {
  sidePanel: SidePanel
  isTimelineShown: boolean
  isFollowing: boolean
  /** The offer of a first model was declined. */
  isModelOfferDismissed: boolean
  /** Zoom of the timeline. */
  pixelsPerSec: number
  /** Sizes of panels in percent, by group. */
  layouts: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const PRESETS: Preferences = {
  sidePanel: 'inspector',
  isTimelineShown: true,
  isFollowing: true,
  isModelOfferDismissed: false,
  pixelsPerSec: 40,
  layouts: {},
}

const STORAGE_KEY = 'cosy.preferences'

const read = (storage: Pick<Storage, 'getItem'>): Preferences => {
  try {
    return { ...PRESETS, ...(JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}') as Partial<Preferences>) }
  } catch {
    // Damaged preferences are worth no message: the presets serve.
    return PRESETS
  }
}

export const createPreferences = (storage: Pick<Storage, 'getItem' | 'setItem'>): StoreApi<Preferences> => {
  const store = createStore<Preferences>(() => read(storage))
  store.subscribe((preferences) => storage.setItem(STORAGE_KEY, JSON.stringify(preferences)))
  return store
}
