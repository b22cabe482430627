import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import type { Json } from '#engine/facts.ts'

/** Rule traces in a line's facts: of a branch one per case, else the one. */
export function tracesOf(detail: Json): { title: string | null; trace: RuleTrace }[] {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return []
  const found: { title: string | null; trace: RuleTrace }[] = []
  const { trace, cases } = detail
  if (isTrace(trace)) found.push({ title: null, trace })
  if (Array.isArray(cases)) {
    for (const one of cases) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) continue
      const inner = one['trace']
      if (isTrace(inner)) found.push({ title: typeof one['case'] === 'string' ? one['case'] : null, trace: inner })
    }
  }
  return found
}

function isTrace(value: unknown): value is RuleTrace {
  return typeof value === 'object' && value !== null && 'sentence' in value && 'value' in value
}
