/** What can be said of a step whose settings may not be finished yet: the canvas draws it all the same. */
import type { GraphNode } from '../graph/schema.ts'
import type { Port, StepType } from './contract.ts'

const onward: readonly Port[] = [{ id: 'next', label: 'Next' }]

/**
 * The ways out to draw. Settings that the schema refuses are asked for as they stand (a branch with an unfinished case
 * keeps its other cases), else the least settings are; a type that is not installed has one way on.
 */
export function drawnPorts(step: StepType | undefined, { config }: Pick<GraphNode, 'config'>): readonly Port[] {
  if (step === undefined) return onward
  const parsed = step.config.safeParse(config)
  if (parsed.success) return step.ports(parsed.data)
  return askPorts(step, config) ?? askPorts(step, step.starter ?? {}) ?? onward
}

/** One line for the card; null while the settings are not finished. */
export function drawnSummary(step: StepType, { config }: Pick<GraphNode, 'config'>): string | null {
  const parsed = step.config.safeParse(config)
  return parsed.success ? step.summary(parsed.data) : null
}

function askPorts(step: StepType, config: unknown): readonly Port[] | null {
  try {
    const ports: unknown = step.ports(config)
    return Array.isArray(ports) && ports.every(isPort) ? ports : null
  } catch {
    return null
  }
}

function isPort(port: unknown): port is Port {
  return typeof port === 'object' && port !== null && typeof (port as Port).id === 'string'
}
