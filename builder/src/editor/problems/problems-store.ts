/** All that is wrong with the open journey, now. */
import { createContext, use } from 'react'
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { valueAt } from '#engine/fixes/values.ts'
import type { Issue } from '#engine/issues.ts'
import type { FixContext } from '#engine/fixes/fixes-for.ts'
import type { ProblemMark } from '../marks.ts'

/** A problem in the list. */
export interface Problem extends Issue {
  /** Where and what, stable while it lasts. */
  id: string
}

export interface ProblemsState {
  /** In reading order: the journey as a whole first. */
  problems: readonly Problem[]
  errors: number
  warnings: number
  /** `checking`: an edit has not been looked at yet. `failed`: the check itself does not work. */
  state: 'checking' | 'checked' | 'failed'
  /** Why the page's own check failed last; it stands until a check succeeds, so that nothing looks fine meanwhile. */
  failure: string | null
  /** Whose list it is: without the page's own check the server's stands alone. */
  listOf: 'page' | 'server'
  /** Counts up with each "Try again"; each has a worker of its own. */
  attempt: number
  /** Whether the server, too, has looked: it knows the company's address and renders the messages. */
  server: 'asking' | 'asked' | 'unreachable'
  /** What a rehearsal of many leads found out about a graph; it counts until that is changed. */
  rehearsed: { graph: Graph; issues: readonly Issue[] } | null
  /** The problem one is at (F8). */
  current: string | null
  /** How long the newest check took, in ms. */
  ms: number | null
  /** What fixes are looked for in; null until all is loaded. */
  context: Omit<FixContext, 'document'> | null
  /** The document the problems are of. */
  document: JourneyDocument | null
}

export type ProblemsStore = StoreApi<ProblemsState>

export function createProblemsStore(): ProblemsStore {
  return createStore<ProblemsState>(() => ({
    problems: [],
    errors: 0,
    warnings: 0,
    state: 'checking',
    failure: null,
    listOf: 'page',
    attempt: 0,
    server: 'asking',
    rehearsed: null,
    current: null,
    ms: null,
    context: null,
    document: null,
  }))
}

/**
 * What is to be said first. `failed`: the check does not work, whatever the list holds; `fine`: it works and found nothing.
 */
export function standing({ problems, failure, ms }: ProblemsState): 'failed' | 'checking' | 'found' | 'fine' {
  if (failure !== null) return 'failed'
  if (problems.length > 0) return 'found'
  return ms === null ? 'checking' : 'fine'
}

/** Begins anew after a failure, with a new worker. The failure is said until a check succeeds. */
export function tryAgain(store: ProblemsStore): void {
  store.setState(({ attempt }) => ({ state: 'checking', attempt: attempt + 1 }))
}

const ProblemsContext = createContext<ProblemsStore | null>(null)
export const ProblemsStoreProvider = ProblemsContext.Provider

export function useProblemsStore(): ProblemsStore {
  const store = use(ProblemsContext)
  if (store === null) throw new Error('Problems are known only inside an open journey.')
  return store
}

/** A part of what is known of the journey's problems; draws again only when that part changes. */
export function useProblems<Part>(select: (state: ProblemsState) => Part): Part {
  return useStore(useProblemsStore(), select)
}

/** Problems as the list shows them. */
export function toProblems(issues: readonly Issue[]): Problem[] {
  const seen = new Map<string, number>()
  return issues.map((issue) => {
    const place = placeOf(issue)
    const count = (seen.get(place) ?? 0) + 1
    seen.set(place, count)
    return { ...issue, id: count === 1 ? place : `${place} ${String(count)}` }
  })
}

function placeOf({ code, nodeId, path }: Issue): string {
  return JSON.stringify([code, nodeId ?? null, path])
}

/** What the server said and the page did not. */
export function onlyOfServer(server: readonly Issue[], own: readonly Issue[]): Issue[] {
  const said = new Set(own.map(placeOf))
  return server.filter((issue) => !said.has(placeOf(issue)))
}

/** What the server said of an earlier graph that still stands: its step is there and its setting unchanged. */
export function stillTrue(extras: readonly Issue[], before: Graph, now: Graph): Issue[] {
  if (before === now) return [...extras]
  return extras.filter(({ nodeId, path }) => {
    if (nodeId === undefined) return true
    const [then, present] = [before, now].map(({ nodes }) => nodes.find(({ id }) => id === nodeId))
    if (then === present) return true
    return present !== undefined && same(valueAt(then?.config, path), valueAt(present.config, path))
  })
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

/** Journey first, then the steps in the order in which the page's own check met them. */
export function merged(own: readonly Issue[], extras: readonly Issue[]): Issue[] {
  if (extras.length === 0) return [...own]
  const rank = new Map<string | undefined, number>([[undefined, -1]])
  for (const { nodeId } of own) if (!rank.has(nodeId)) rank.set(nodeId, rank.size)
  const rankOf = ({ nodeId }: Issue) => rank.get(nodeId) ?? rank.size
  return [...own, ...extras].toSorted((one, other) => rankOf(one) - rankOf(other))
}

/** Badges of the steps. */
export function toMarks(problems: readonly Problem[]): Map<string, ProblemMark> {
  const marks = new Map<string, ProblemMark>()
  for (const { nodeId, severity, message } of problems) {
    if (nodeId === undefined) continue
    const mark = marks.get(nodeId) ?? { errors: 0, warnings: 0, message }
    marks.set(nodeId, {
      ...mark,
      errors: mark.errors + Number(severity === 'error'),
      warnings: mark.warnings + Number(severity === 'warning'),
    })
  }
  return marks
}
