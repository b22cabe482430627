/**
 * What is said about steps and connections beside the document. Keys: a step's id, or `from:port` for a connection
 * (`edgeKey`). One set of stores per open canvas.
 */
import { createContext, use } from 'react'
import { createKeyedStore, type KeyedStore } from './keyed-store.ts'

/** Leads on a step, and those that were. */
interface StepCountMark {
  here: number
  passed: number
  failed: number
  paused: number
  parked: number
}

/** What an overlay prints on a step or a connection; `tint` and `width` are steps of one scale. */
export interface OverlayMark {
  text: string
  tint: 0 | 1 | 2 | 3 | 4
  /** 0–1: how wide a connection is drawn. */
  flow?: number
}

/** A rehearsed or real lead's path. */
export interface PathMark {
  visits: number
  /** First arrival, UTC ms. */
  at: number
  /** In words, beside a connection or a waiting step: "2 d 4 h", "Thu 09:00". */
  label?: string
  isCurrent?: boolean
  isFailed?: boolean
}

export interface ProblemMark {
  errors: number
  warnings: number
  /** The first of them. */
  message: string
}

export interface PresenceMark {
  people: { id: string; name: string; colour: string }[]
}

export type DiffMark = 'added' | 'removed' | 'changed' | 'moved'

export interface Marks {
  counts: KeyedStore<StepCountMark>
  overlay: KeyedStore<OverlayMark>
  /** While it holds anything, what it does not hold is dimmed. */
  path: KeyedStore<PathMark>
  problems: KeyedStore<ProblemMark>
  presence: KeyedStore<PresenceMark>
  diff: KeyedStore<DiffMark>
  /** Found by a search in the journey; while it holds anything, the rest is dimmed. */
  found: KeyedStore<boolean>
}

export function createMarks(): Marks {
  return {
    counts: createKeyedStore(),
    overlay: createKeyedStore(),
    path: createKeyedStore(),
    problems: createKeyedStore(),
    presence: createKeyedStore(),
    diff: createKeyedStore<DiffMark>((a, b) => a === b),
    found: createKeyedStore<boolean>((a, b) => a === b),
  }
}

/** The key of a connection. */
export function edgeKey({ from, port }: { from: string; port: string }): string {
  return `${from}:${port}`
}

const MarksContext = createContext<Marks | null>(null)
export const MarksProvider = MarksContext.Provider

/** The stores of the canvas around. */
export function useMarks(): Marks {
  const marks = use(MarksContext)
  if (marks === null) throw new Error('useMarks needs a MarksProvider around it.')
  return marks
}
