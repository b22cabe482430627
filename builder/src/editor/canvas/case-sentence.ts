/** What a connection says of who goes that way. */
import { describeRule } from '#engine/conditions/describe.ts'
import { ruleSchema } from '#engine/conditions/schema.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'

const nothing = emptyLibrary()
const remembered = new WeakMap<GraphNode, Map<string, string | null>>()

/** The rule of a case of a branch as a sentence; null for other ways out and for rules that are not finished. */
export function caseSentence(step: GraphNode, port: string, library: Library = nothing): string | null {
  if (step.type !== 'branch' || !port.startsWith('case:')) return null
  const known = remembered.get(step)
  if (known?.has(port) === true) return known.get(port) ?? null
  const cases: unknown = step.config['cases']
  const found = Array.isArray(cases)
    ? cases.find((one: unknown) => isCase(one) && `case:${one.id}` === port)
    : undefined
  const rule = ruleSchema.safeParse((found as { when?: unknown } | undefined)?.when)
  const sentence = rule.success ? capital(describeRule(rule.data, library)) : null
  remembered.set(step, (known ?? new Map<string, string | null>()).set(port, sentence))
  return sentence
}

function isCase(value: unknown): value is { id: string } {
  return typeof value === 'object' && value !== null && typeof (value as { id?: unknown }).id === 'string'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
