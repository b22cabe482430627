/** How many sampled leads went where: pure, added up part by part. */
import type { Simulation } from '#engine/simulation/types.ts'

export interface Coverage {
  leads: number
  /** Leads that were let in at all. */
  entered: number
  /** Leads that came to a step, and those that took a way out of it (`step:port`). */
  steps: Record<string, number>
  edges: Record<string, number>
  /** Leads that would need a person, by step. */
  parked: Record<string, number>
  messages: number
  tasks: number
}

export function noCoverage(): Coverage {
  return { leads: 0, entered: 0, steps: {}, edges: {}, parked: {}, messages: 0, tasks: 0 }
}

/** Each lead counts once per step and way out, however often it came by. */
export function countRun(coverage: Coverage, { steps, enrollments, deliveries, tasks }: Simulation): void {
  coverage.leads += 1
  if (enrollments.length > 0) coverage.entered += 1
  const visited = new Set([...steps.map(({ stepId }) => stepId), ...enrollments.map(({ stepId }) => stepId)])
  const left = new Set(steps.flatMap(({ stepId, port }) => (port === null ? [] : [`${stepId}:${port}`])))
  for (const step of visited) coverage.steps[step] = (coverage.steps[step] ?? 0) + 1
  for (const edge of left) coverage.edges[edge] = (coverage.edges[edge] ?? 0) + 1
  for (const { status, stepId } of enrollments)
    if (status === 'parked') coverage.parked[stepId] = (coverage.parked[stepId] ?? 0) + 1
  coverage.messages += deliveries.filter(({ status }) => status === 'sent').length
  coverage.tasks += tasks.length
}

export function addCoverage(one: Coverage, other: Coverage): Coverage {
  const add = (a: Record<string, number>, b: Record<string, number>): Record<string, number> => {
    const sum = { ...a }
    for (const [key, value] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + value
    return sum
  }
  return {
    leads: one.leads + other.leads,
    entered: one.entered + other.entered,
    steps: add(one.steps, other.steps),
    edges: add(one.edges, other.edges),
    parked: add(one.parked, other.parked),
    messages: one.messages + other.messages,
    tasks: one.tasks + other.tasks,
  }
}
