/** One rehearsal per open journey: what is rehearsed, what came of it, and where the head of the slider is. */
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Instant } from '#engine/facts.ts'
import type { Simulation } from '#engine/simulation/types.ts'
import { useEditorStore } from '../editor-context.tsx'
import type { EditorStore } from '../store.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Coverage } from './coverage.ts'
import type { Compiled } from './protocol.ts'
import type { RehearsalWorker } from './rehearsal-worker.ts'
import type { Settings } from './settings.ts'

export interface CoverageState {
  state: 'none' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Whose result this is: another run leaves it alone. */
  run: symbol | null
  coverage: Coverage | null
  /** Parts done, of ten. */
  parts: number
  message: string | null
  /** The journey that was played. */
  graph: Graph | null
  /** How long it took, in ms: played in the worker, and all in all; null until it is done. */
  ms: { played: number; all: number } | null
}

export interface SimulateState {
  settings: Settings | null
  /** The moment that is shown; null until there is a run. */
  head: Instant | null
  run: Simulation | null
  /** `blocked`: the journey has problems, so it cannot be played. */
  state: 'loading' | 'playing' | 'ready' | 'blocked' | 'failed'
  problems: number
  message: string | null
  compiled: Compiled | null
  replyHold: string | null
  isRunning: boolean
  /** Days per second. */
  speed: number
  tab: 'log' | 'coverage' | 'cases'
  coverage: CoverageState
  /** How long the newest rehearsal took, in ms. */
  ms: number | null
  worker: RehearsalWorker | null
  /** Counts up with each "Try again"; each has a worker of its own. */
  attempt: number
}

export type SimulateStore = StoreApi<SimulateState>

export const noCoverageYet: CoverageState = {
  state: 'none',
  run: null,
  coverage: null,
  parts: 0,
  message: null,
  graph: null,
  ms: null,
}

const stores = new WeakMap<EditorStore, SimulateStore>()

/** It lasts as long as the journey is open, so that going to Build and back loses nothing. */
function simulateStoreOf(editor: EditorStore): SimulateStore {
  const found = stores.get(editor)
  if (found !== undefined) return found
  const store = createStore<SimulateState>(() => ({
    settings: null,
    head: null,
    run: null,
    state: 'loading',
    problems: 0,
    message: null,
    compiled: null,
    replyHold: null,
    isRunning: false,
    speed: 2,
    tab: 'log',
    coverage: noCoverageYet,
    ms: null,
    worker: null,
    attempt: 0,
  }))
  stores.set(editor, store)
  return store
}

export function useSimulateStore(): SimulateStore {
  return simulateStoreOf(useEditorStore())
}

export function useSimulate<Part>(select: (state: SimulateState) => Part): Part {
  return useStore(useSimulateStore(), select)
}

/** Changes what is rehearsed; it is played again. */
export function changeSettings(store: SimulateStore, change: Partial<Settings>): void {
  const { settings } = store.getState()
  if (settings !== null) store.setState({ settings: { ...settings, ...change }, coverage: noCoverageYet })
}

/** Begins anew after a failure, with a new worker. */
export function tryAgain(store: SimulateStore): void {
  const { attempt } = store.getState()
  store.setState({ state: 'loading', message: null, compiled: null, attempt: attempt + 1 })
}

const dayMs = 86_400_000
/** A lead that comes back after so long begins another story. */
const longestPauseMs = 60 * dayMs

function endOfStory({ lines, enrollments }: Simulation, startAt: Instant): Instant {
  let last = startAt
  for (const { at } of lines) {
    const isInside = enrollments.some((one) => one.enteredAt <= last && (one.finishedAt ?? Infinity) > last)
    if (!isInside && at - last > longestPauseMs) break
    last = at
  }
  return last
}

/** Where the slider begins and ends. */
export function rangeOf(run: Simulation | null, startAt: Instant): { from: Instant; to: Instant } {
  const last = run === null ? startAt : endOfStory(run, startAt)
  const length = Math.max(7 * dayMs, (last - startAt) * 1.08)
  return { from: startAt, to: startAt + length }
}
