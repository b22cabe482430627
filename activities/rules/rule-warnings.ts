/** What is odd about a rule that is valid: it means everybody or nobody, it takes whom the case above took, or it asks what is hardly known. */
import type { Rule } from '#engine/conditions/schema.ts'
import { conditionsOf, type PlacedCondition } from '#engine/conditions/walk.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'

type RuleWarningCode =
  | 'RULE_ALWAYS_TRUE'
  | 'RULE_NEVER_TRUE'
  | 'RULE_OVERLAPS'
  | 'RULE_TAKEN_ABOVE'
  | 'CONDITION_ALWAYS_TRUE'
  | 'CONDITION_NEVER_TRUE'
  | 'FIELD_RARELY_KNOWN'

export interface RuleWarning {
  code: RuleWarningCode
  /** Of the condition meant; empty = the whole rule. */
  path: (string | number)[]
  message: string
  /** For RULE_OVERLAPS: which of the rules above, from 0. */
  above?: number
  /** How many leads it is about. */
  leads?: number
}

/** Below this share of leads a field counts as hardly known. */
const rarelyKnown = 0.25
/** Each condition and field costs a look at every lead of the sample. */
const maxLooks = 40

interface Counted {
  total: number
  matching: number
  left: number | null
  /** Who gets as far as the rule at all; null: everybody who was asked. */
  reaching: number | null
  /** Per rule above: how many meet it and this rule. */
  overlaps: readonly number[]
  /** Whether single conditions are judged on a part of the leads: then nothing is said of "all" or "none". */
  isSampled: boolean
}

/**
 * Asks a sample of the leads about each condition by itself, and tells what a person would want to know.
 * @param about `isPart`: asked are not all leads, only those that come to the rule
 */
export async function findWarnings(
  count: (rules: readonly Rule[]) => Promise<{ asked: number; met: number[] }>,
  { rule, library, isPart }: { rule: Rule; library: Library; isPart: boolean },
  counted: Counted,
): Promise<RuleWarning[]> {
  if (counted.total === 0) return []
  const whom = isPart ? 'lead that comes here' : 'lead'
  const warnings = [...judgeWhole(rule, counted, whom), ...judgeOverlaps(counted)]
  const conditions = conditionsOf(rule)
    .filter(({ condition }) => condition.kind !== 'always')
    .slice(0, maxLooks)
  const fields = [...new Map(conditions.flatMap(fieldAsked).map((asked) => [asked.field, asked])).values()].slice(
    0,
    maxLooks,
  )
  // A rule of one condition is judged as a whole already.
  const alone = conditions.length > 1 && !counted.isSampled ? conditions : []
  const looks: Rule[] = [
    ...alone.map(({ condition }): Rule => condition),
    ...fields.map(({ field }): Rule => ({ kind: 'compare', field, op: 'known' })),
  ]
  if (looks.length === 0) return warnings
  const { asked, met } = await count(looks)
  if (asked === 0) return warnings
  alone.forEach(({ path, negated }, index) => {
    const leads = met[index] ?? 0
    const holds = negated ? asked - leads : leads
    if (holds === 0) {
      warnings.push({ code: 'CONDITION_NEVER_TRUE', path, leads: 0, message: `No ${whom} meets this condition now.` })
    }
    if (holds === asked) {
      warnings.push({ code: 'CONDITION_ALWAYS_TRUE', path, leads, message: `Every ${whom} meets this condition now.` })
    }
  })
  fields.forEach(({ field, path }, index) => {
    const known = (met[alone.length + index] ?? 0) / asked
    if (known >= rarelyKnown) return
    const label = findField(field, library)?.label ?? field
    warnings.push({
      code: 'FIELD_RARELY_KNOWN',
      path,
      leads: met[alone.length + index] ?? 0,
      message: `“${label}” is known for ${showShare(known)} of ${isPart ? 'leads that come here' : 'leads'}.`,
    })
  })
  return warnings
}

/** A comparison says little where the field is mostly empty; whether it is known may be asked of any field. */
function fieldAsked({ condition, path }: PlacedCondition): { field: string; path: (string | number)[] }[] {
  if (condition.kind !== 'compare' || condition.op === 'known' || condition.op === 'unknown') return []
  return [{ field: condition.field, path }]
}

function judgeWhole(rule: Rule, { matching, total, left, reaching }: Counted, whom: string): RuleWarning[] {
  if (matching === 0) {
    return [{ code: 'RULE_NEVER_TRUE', path: [], leads: 0, message: `No ${whom} matches now.` }]
  }
  if (rule.kind === 'always') return []
  const [met, asked] = reaching === null ? [matching, total] : [left ?? 0, reaching]
  if (met < asked || met === 0) return []
  return [{ code: 'RULE_ALWAYS_TRUE', path: [], leads: met, message: `Every ${whom} matches now.` }]
}

function judgeOverlaps({ matching, left, overlaps }: Counted): RuleWarning[] {
  if (matching === 0) return []
  if (left === 0) {
    const message = 'Nobody comes this way now: whoever matches is taken by a case above.'
    return [{ code: 'RULE_TAKEN_ABOVE', path: [], leads: matching, message }]
  }
  return overlaps.flatMap((leads, above): RuleWarning[] => {
    if (leads === 0) return []
    const whom = leads === 1 ? '1 lead matches' : `${leads.toLocaleString('en-US')} leads match`
    const message = `${whom} case ${String(above + 1)} above, too, and will go that way.`
    return [{ code: 'RULE_OVERLAPS', path: [], above, leads, message }]
  })
}

function showShare(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0 %'
  return percent < 1 ? 'less than 1 %' : `${String(Math.round(percent))} %`
}
