import type { PowerSaveBlocker } from 'electron'

let lastId = 0
const running = new Set<number>()

export const powerSaveBlocker = {
  start(_type: 'prevent-app-suspension' | 'prevent-display-sleep'): number {
    running.add(++lastId)
    return lastId
  },
  stop: (id: number): boolean => running.delete(id),
  isStarted: (id: number): boolean => running.has(id),
} satisfies Partial<PowerSaveBlocker>
