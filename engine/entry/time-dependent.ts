/** Which rules change their value by the clock alone, so that "segment entered" has to look again without a new fact. */
import type { Rule } from '../conditions/schema.ts'
import type { Library } from '../library.ts'

const relativeOperators: ReadonlySet<string> = new Set(['within_last', 'more_than_ago', 'within_next'])

/** True when time alone can change the rule's value. A segment that is missing, or names itself, never does. */
export function isTimeDependent(rule: Rule, library: Pick<Library, 'segments'>): boolean {
  const seen = new Set<string>()
  const visit = (part: Rule): boolean => {
    switch (part.kind) {
      case 'all':
      case 'any':
        return part.rules.some(visit)
      case 'not':
        return visit(part.rule)
      case 'compare':
        return relativeOperators.has(part.op)
      case 'count':
      case 'delivered':
        return part.within !== undefined
      case 'in_segment': {
        const segment = library.segments[part.segment]
        if (segment === undefined || seen.has(part.segment)) return false
        seen.add(part.segment)
        return visit(segment)
      }
      case 'always':
      case 'has_tag':
      case 'answered':
      case 'received':
        return false
      default:
        return part satisfies never
    }
  }
  return visit(rule)
}
