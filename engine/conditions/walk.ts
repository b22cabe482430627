/** A rule's conditions one by one, each with where it stands. */
import type { Rule } from './schema.ts'

/** A rule that is no group. */
export type Condition = Exclude<Rule, { kind: 'all' | 'any' | 'not' }>

export interface PlacedCondition {
  condition: Condition
  /** As in the issues of `validateRule`: `['rules', 0, 'rule']`. */
  path: (string | number)[]
  /** Under an odd number of NOTs. */
  negated: boolean
}

/** The conditions in reading order. Segments count as one condition; what is inside them is not walked. */
export function conditionsOf(rule: Rule): PlacedCondition[] {
  const found: PlacedCondition[] = []
  const visit = (part: Rule, path: (string | number)[], negated: boolean): void => {
    if (part.kind === 'all' || part.kind === 'any') {
      part.rules.forEach((child, index) => visit(child, [...path, 'rules', index], negated))
    } else if (part.kind === 'not') visit(part.rule, [...path, 'rule'], !negated)
    else found.push({ condition: part, path, negated })
  }
  visit(rule, [], false)
  return found
}
