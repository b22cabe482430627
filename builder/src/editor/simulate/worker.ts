/** Rehearsals off the page's thread, so that it never waits for one. */
import type { Graph } from '#engine/graph/schema.ts'
import { createPlayer, type Player } from './player.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

let player: Player | null = null
let graph: Graph | null = null

function answer(message: FromWorker): void {
  self.postMessage(message, { transfer: [] })
}

function compileNow(): void {
  if (player === null || graph === null) return
  answer({ kind: 'compiled', ...player.compile(graph) })
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  const id = 'id' in data ? data.id : null
  try {
    if (data.kind === 'ground') {
      player = createPlayer(data.ground)
      compileNow()
      return
    }
    if (data.kind === 'graph') {
      graph = data.graph
      compileNow()
      return
    }
    if (player === null) throw new Error('The library is not there yet.')
    switch (data.kind) {
      case 'play': {
        const began = performance.now()
        const run = player.play(data.input)
        answer({ kind: 'played', id: data.id, run, ms: performance.now() - began })
        return
      }
      case 'sample': {
        const began = performance.now()
        const sampled = player.sample(data)
        answer({ kind: 'sampled', id: data.id, ...sampled, ms: performance.now() - began })
        return
      }
      case 'try':
        answer({ kind: 'tried', id: data.id, trial: player.tryStep(data) })
        return
      case 'cases':
        answer({ kind: 'cases', id: data.id, results: player.runCases(data.cases) })
    }
  } catch (error) {
    answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) })
  }
})
