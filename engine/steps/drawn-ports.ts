/** What can be said of a step whose settings may not be finished yet: the canvas draws it all the same. */
import { z } from 'zod'
import type { GraphNode } from '../graph/schema.ts'
import type { Port, StepType } from './contract.ts'

const onward: readonly Port[] = [{ id: 'next', label: 'Next' }]

/**
 * The ways out to draw. Of settings that the schema refuses, those that are right count with the others' defaults, and
 * what is unfinished counts as it stands (a branch with an unfinished case keeps its cases), else the starter does; a
 * type that is not installed has one way on.
 */
export function drawnPorts(step: StepType | undefined, { config }: Pick<GraphNode, 'config'>): readonly Port[] {
  if (step === undefined) return onward
  const parsed = step.config.safeParse(config)
  if (parsed.success) return step.ports(parsed.data)
  return askPorts(step, settled(step, config)) ?? askPorts(step, settled(step, step.starter ?? {})) ?? onward
}

/** One line for the card; null while the settings are not finished. */
export function drawnSummary(step: StepType, { config }: Pick<GraphNode, 'config'>): string | null {
  const parsed = step.config.safeParse(config)
  return parsed.success ? step.summary(parsed.data) : null
}

/** Setting by setting: parsed where it can be, as it stands where it cannot. */
function settled(step: StepType, config: Record<string, unknown>): Record<string, unknown> {
  if (!(step.config instanceof z.ZodObject)) return config
  const shape: Readonly<Record<string, z.ZodType>> = step.config.shape
  const settings = Object.entries(shape).map(([key, schema]) => {
    const parsed = schema.safeParse(config[key])
    return [key, parsed.success ? parsed.data : config[key]] as const
  })
  return Object.fromEntries(settings)
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
