/** What a card or a connection asks of the canvas around it; absent functions mean that it is only looked at. */
import { createContext, use } from 'react'

export interface CanvasEvents {
  isEditable: boolean
  /** Centres a step and selects it. */
  showStep: (id: string) => void
  /** The step whose name is being written now; null when none is. */
  renaming: RenamingStore
  rename: (id: string, name: string) => void
  /** Asks which step comes at this way out. */
  addAt: (request: AddRequest) => void
  /** Changes with the same `merge`, one after the other, are one edit: what is typed in one visit. */
  changeNote: (id: string, change: { text?: string; tint?: number }, merge?: string) => void
  resizeNote: (id: string, box: { x: number; y: number; width: number; height: number }) => void
}

/** A way out, and the place on the screen where the choice of a step is to open. */
interface AddRequest {
  from: string
  port: string
  screen: { x: number; y: number }
}

export interface RenamingStore {
  get: () => string | null
  set: (id: string | null) => void
  subscribe: (listener: () => void) => () => void
}

export function createRenamingStore(): RenamingStore {
  let present: string | null = null
  const listeners = new Set<() => void>()
  return {
    get: () => present,
    set: (id) => {
      present = id
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const CanvasEventsContext = createContext<CanvasEvents | null>(null)
export const CanvasEventsProvider = CanvasEventsContext.Provider

export function useCanvasEvents(): CanvasEvents {
  const events = use(CanvasEventsContext)
  if (events === null) throw new Error('This part of the canvas needs a CanvasEventsProvider around it.')
  return events
}
