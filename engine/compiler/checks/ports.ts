import type { Issue } from '../../issues.ts'
import type { Analysis, AnalysedStep } from '../analysis.ts'

/** Edges leave by ways out that exist, and every way out that is needed leads somewhere. */
export function checkPorts({ steps, edgesFrom }: Analysis): Issue[] {
  return steps.flatMap((step) => {
    if (step.ports === null) return []
    const wired = new Set(edgesFrom.get(step.node.id)?.map(({ port }) => port))
    return [...unknownPorts(step, wired), ...unwiredPorts(step, wired)]
  })
}

function unknownPorts({ node, name, ports }: AnalysedStep, wired: ReadonlySet<string>): Issue[] {
  const known = new Set(ports?.map(({ id }) => id))
  const offered = known.size === 0 ? 'it has none' : `it has ${[...known].map((id) => `"${id}"`).join(', ')}`
  return [...wired]
    .filter((port) => !known.has(port))
    .map((port) => ({
      code: 'GRAPH_UNKNOWN_PORT',
      severity: 'error',
      nodeId: node.id,
      path: ['ports', port],
      message: `A connection leaves "${name}" by "${port}", which is not a way out of this step (${offered}); move or remove it.`,
    }))
}

function unwiredPorts({ node, name, ports }: AnalysedStep, wired: ReadonlySet<string>): Issue[] {
  // Leads pass a disabled step by its first way out; the others wait for it to be switched on again.
  const used = node.disabled === true ? (ports?.slice(0, 1) ?? []) : (ports ?? [])
  return used
    .filter(({ id, optional }) => optional !== true && !wired.has(id))
    .map(({ id, label }) => ({
      code: 'STEP_PORT_UNWIRED',
      severity: 'error',
      nodeId: node.id,
      path: ['ports', id],
      message: `"${name}" leads nowhere by "${label}"; connect it to a step, for example an exit.`,
    }))
}
