import { cyclesIn, type Successors } from '../../graph/traverse.ts'
import type { Issue } from '../../issues.ts'
import { quoteStep, type Analysis } from '../analysis.ts'

/** No way round in a circle without time passing: a lead in it would spin until the turn's step limit parks it. */
export function checkCycles(analysis: Analysis): Issue[] {
  const restless = restlessWays(analysis)
  return circlesWithoutWait(analysis, restless).map(([first = '']) => {
    const circle = shortestCircle(restless, first)
    const shown = circle.length > 8 ? [...circle.slice(0, 7), '…', first] : circle
    const path = shown.map((id) => (id === '…' ? id : quoteStep(analysis, id))).join(' → ')
    return {
      code: 'CYCLE_WITHOUT_WAIT',
      severity: 'error',
      nodeId: first,
      path: [],
      message: `Leads would go round in a circle without time passing: ${path}; put a wait into it.`,
    }
  })
}

/** Steps in which one can walk in a circle without time passing, group by group, the first one a reader meets first. */
export function circlesWithoutWait(analysis: Analysis, restless = restlessWays(analysis)): string[][] {
  const rank = new Map(analysis.order.map((id, index) => [id, index]))
  return cyclesIn(restless).map((group) =>
    group.toSorted((one, other) => (rank.get(one) ?? 0) - (rank.get(other) ?? 0)),
  )
}

/** The ways leads take between steps in which no time passes. */
function restlessWays({ walked, byId }: Analysis): Successors {
  const busy = (id: string): boolean => byId.get(id)?.rests === false
  return new Map(Array.from(walked).flatMap(([id, targets]) => (busy(id) ? [[id, targets.filter(busy)] as const] : [])))
}

/** From a node of a cycle back to itself, by the fewest steps, both ends included. */
function shortestCircle(successors: Successors, start: string): string[] {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (const id of queue) {
    for (const target of successors.get(id) ?? []) {
      if (target === start) {
        const circle = [start]
        for (let at: string | undefined = id; at !== undefined && at !== start; at = cameFrom.get(at))
          circle.unshift(at)
        return [start, ...circle]
      }
      if (cameFrom.has(target)) continue
      cameFrom.set(target, id)
      queue.push(target)
    }
  }
  return [start]
}
