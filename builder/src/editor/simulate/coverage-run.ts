/** A thousand leads played part by part. Of two runs only the newer one owns what is shown. */
import type { Graph } from '#engine/graph/schema.ts'
import { addCoverage, noCoverage, type Coverage } from './coverage.ts'
import { noCoverageYet, type CoverageState } from './simulate-store.ts'

export const sampleParts = 10

/** As much of the rehearsal's store as a run needs. */
export interface CoverageStore {
  getState(): { coverage: CoverageState }
  setState(change: { coverage: CoverageState }): void
}

export interface CoverageSource<Lead> {
  /** The journey that is played. */
  graph: Graph
  /** Whether another journey is drawn by now. */
  isOld: () => boolean
  /** Resolves when the server has what is drawn. */
  whenReady: () => Promise<void>
  /** Leads of a part, 0–9. */
  read: (part: number) => Promise<Lead[]>
  play: (leads: Lead[]) => Promise<{ coverage: Coverage; ms: number }>
}

/**
 * Reads the sample part by part and plays each part, telling the store of it; cancelling stops after the part under way.
 *
 * @returns what all parts came to; null when the run was cancelled, gave way to a newer one or failed, which the store tells.
 */
export async function runCoverage<Lead>(store: CoverageStore, source: CoverageSource<Lead>): Promise<Coverage | null> {
  const { graph } = source
  const run = Symbol('run')
  let sum = noCoverage()
  let playedMs = 0
  const begun = performance.now()
  store.setState({ coverage: { ...noCoverageYet, state: 'running', run, graph } })
  const isStopped = () => {
    const { coverage } = store.getState()
    if (coverage.run !== run || coverage.state !== 'running') return true
    if (!source.isOld()) return false
    // Another journey than the one that is played is no longer worth playing, nor is this one when an undo brings it back.
    store.setState({ coverage: { ...coverage, state: 'cancelled' } })
    return true
  }
  try {
    await source.whenReady()
    if (isStopped()) return null
    // The next part is read while this one is played.
    let coming = source.read(0)
    for (let part = 0; part < sampleParts; part += 1) {
      const leads = await coming
      if (isStopped()) return null
      if (part + 1 < sampleParts) {
        coming = source.read(part + 1)
        // It is waited for in the next round, unless there is none.
        coming.catch(() => undefined)
      }
      const { coverage, ms } = await source.play(leads)
      if (isStopped()) return null
      sum = addCoverage(sum, coverage)
      playedMs += ms
      store.setState({
        coverage: { ...noCoverageYet, state: 'running', run, graph, coverage: sum, parts: part + 1 },
      })
    }
    const ms = { played: playedMs, all: performance.now() - begun }
    store.setState({ coverage: { ...store.getState().coverage, state: 'done', ms } })
    return sum
  } catch (error) {
    if (isStopped()) return null
    const message = error instanceof Error ? error.message : String(error)
    store.setState({ coverage: { ...store.getState().coverage, state: 'failed', message } })
    return null
  }
}

/** Stops the run under way, if there is one; what it came to stays. */
export function cancelCoverage(store: CoverageStore): void {
  const { coverage } = store.getState()
  if (coverage.state === 'running') store.setState({ coverage: { ...coverage, state: 'cancelled' } })
}
