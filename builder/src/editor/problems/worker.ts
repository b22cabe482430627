/** Checks journeys beside the page, so that typing never waits for it. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { z } from 'zod'
import { createCheck } from './check-graph.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

// The page's policy forbids code made from text, here as everywhere.
z.config({ jitless: true })

let check: ((graph: Graph) => Issue[]) | null = null

const tell = (message: FromWorker): void => {
  self.postMessage(message, { transfer: [] })
}

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'ground') {
    check = createCheck(data.ground)
    return
  }
  if (check === null) return
  const start = performance.now()
  try {
    const issues = check(data.graph)
    tell({ kind: 'checked', id: data.id, issues, ms: performance.now() - start })
  } catch (error) {
    tell({ kind: 'failed', id: data.id, message: error instanceof Error ? error.message : String(error) })
  }
})
