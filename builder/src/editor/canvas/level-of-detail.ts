/** How much of a card is drawn, by zoom: all of it, its title, or a block of its colour. */
import { createContext, use, useSyncExternalStore } from 'react'

export type Level = 'full' | 'title' | 'block'

export interface LevelStore {
  get: () => Level
  /** Whether only what is on the screen is drawn: worth it when little is, and costly when everything is. */
  isCulling: () => boolean
  setZoom: (zoom: number) => void
  subscribe: (listener: () => void) => () => void
}

/** The level for a zoom; near a border the present one stays, so that a trembling finger does not redraw everything. */
export function levelAt(zoom: number, present: Level): Level {
  const margin = 0.02
  if (zoom >= 0.55 + (present === 'full' ? -margin : 0)) return 'full'
  if (zoom >= 0.3 + (present === 'block' ? margin : 0)) return 'title'
  return 'block'
}

/** On above 0.55, off below 0.45, as it was between. */
export function cullingAt(zoom: number, present: boolean): boolean {
  return present ? zoom >= 0.45 : zoom >= 0.55
}

export function createLevelStore(zoom: number): LevelStore {
  let level = levelAt(zoom, 'title')
  let culling = zoom >= 0.5
  const listeners = new Set<() => void>()
  return {
    get: () => level,
    isCulling: () => culling,
    setZoom: (next) => {
      const [wasLevel, wasCulling] = [level, culling]
      level = levelAt(next, level)
      culling = cullingAt(next, culling)
      if (level !== wasLevel || culling !== wasCulling) for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const LevelContext = createContext<LevelStore | null>(null)
export const LevelProvider = LevelContext.Provider

function useLevelStore(): LevelStore {
  const store = use(LevelContext)
  if (store === null) throw new Error('This part of the canvas needs a LevelProvider around it.')
  return store
}

/** Draws again only when the level changes, not on every frame of a zoom. */
export function useLevel(): Level {
  const store = useLevelStore()
  return useSyncExternalStore(store.subscribe, store.get)
}

export function useCulling(): boolean {
  const store = useLevelStore()
  return useSyncExternalStore(store.subscribe, store.isCulling)
}
