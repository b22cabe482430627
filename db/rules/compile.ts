/**
 * A rule as one boolean SQL expression over the table `leads`, so that a segment of a million leads is one statement.
 * Means exactly what engine/conditions/evaluate.ts means (tests/db/rule-parity.test.ts); docs/rules.md says it in words.
 */
import { sql, type SQL } from 'drizzle-orm'
import { resolveComparison } from '#engine/conditions/comparison.ts'
import { findPropertyOperator } from '#engine/conditions/properties.ts'
import { circle, findSegment, lineageOf } from '#engine/conditions/references.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { maxRuleSize } from '#engine/conditions/validate.ts'
import { EngineError } from '#engine/errors.ts'
import type { Library } from '#engine/library.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { fieldColumn } from './columns.ts'
import { compileCount, compileDelivered } from './counts.ts'
import { compareSql, negate, type Leaf } from './operators.ts'
import { textParam } from './params.ts'
import { compileProperty } from './properties.ts'

export interface CompileOptions {
  library: Library
  /** Bound as a parameter; nothing in the SQL asks the server for the time. */
  now: Date
  /** IANA zone in which days begin; an unknown name counts as UTC. */
  zone: string
  /**
   * True when events later than `now` may be recorded already, as in a test run evaluated at an instant its clock has
   * passed: counts then read the events instead of the counters. @default false
   */
  laterEvents?: boolean
}

/**
 * Compiles a rule for `… FROM leads WHERE <rule>`; the table must not be renamed. Null means false, as in any WHERE.
 * @throws {EngineError} RULE_UNCOMPILABLE for an unknown field, operator or segment, a value that does not fit, segments
 * in a circle, or more than `maxRuleSize` conditions; `validateRule` reports all of these first.
 */
export function compileRule(rule: Rule, options: CompileOptions): SQL {
  const run: Run = { ...options, zone: zoneOr(options.zone, 'UTC'), open: [], size: 0 }
  return sql`(${visit(rule, false, run)})`
}

interface Run extends CompileOptions {
  /** Segments being compiled, outermost first. */
  open: string[]
  size: number
}

/** `negated` is carried down to the leaves: only there, and only under NOT, is anything wrapped against null. */
function visit(rule: Rule, negated: boolean, run: Run): SQL {
  run.size += 1 + (rule.kind === 'count' ? (rule.where?.length ?? 0) : 0)
  if (run.size > maxRuleSize) {
    throw new EngineError(
      'RULE_UNCOMPILABLE',
      `The rule has more than ${maxRuleSize} conditions, its segments included.`,
    )
  }
  switch (rule.kind) {
    case 'always':
      return negated ? sql`false` : sql`true`
    case 'all':
      return group(rule.rules, negated ? 'or' : 'and', negated, run)
    case 'any':
      return group(rule.rules, negated ? 'and' : 'or', negated, run)
    case 'not':
      return visit(rule.rule, !negated, run)
    case 'in_segment':
      return segment(rule.segment, negated, run)
    case 'compare':
    case 'has_tag':
    case 'count':
    case 'answered':
    case 'received':
    case 'delivered':
      return compileLeaf(rule, negated, run).sql
    default:
      return rule satisfies never
  }
}

function group(rules: readonly Rule[], word: 'and' | 'or', negated: boolean, run: Run): SQL {
  if (rules.length === 0) return word === 'and' ? sql`true` : sql`false`
  const parts = rules.map((rule) => sql`(${visit(rule, negated, run)})`)
  return sql.join(parts, sql.raw(` ${word} `))
}

function segment(key: string, negated: boolean, run: Run): SQL {
  const rule = findSegment(key, run.library)
  if (run.open.includes(key)) throw circle(key)
  run.open.push(key)
  const compiled = visit(rule, negated, run)
  run.open.pop()
  return compiled
}

type Condition = Exclude<Rule, { kind: 'always' | 'all' | 'any' | 'not' | 'in_segment' }>

function compileLeaf(rule: Condition, negated: boolean, run: Run): Leaf {
  switch (rule.kind) {
    case 'compare': {
      const { field, operator, operand } = resolveComparison(rule, run.library, {
        now: run.now.getTime(),
        zone: run.zone,
      })
      const column = fieldColumn(field)
      if (!negated) return compareSql[rule.op](column, operand)
      return operator.opposite === undefined
        ? negate(compareSql[rule.op](column, operand))
        : compareSql[operator.opposite](column, operand)
    }
    case 'has_tag':
      return exists(
        sql`select 1 from lead_tags g where g.lead_id = leads.id and g.tag = ${textParam(rule.tag)}`,
        negated,
      )
    case 'received': {
      const lineage = textParam(lineageOf(rule.asset, run.library))
      return exists(sql`select 1 from lead_assets r where r.lead_id = leads.id and r.lineage = ${lineage}`, negated)
    }
    case 'answered':
      return answered(rule, negated)
    case 'count': {
      const leaf = compileCount(rule, run.now.getTime(), run.laterEvents === true)
      return negated ? negate(leaf) : leaf
    }
    case 'delivered': {
      const leaf = compileDelivered(rule, run.now.getTime())
      return negated ? negate(leaf) : leaf
    }
    default:
      return rule satisfies never
  }
}

/** What holds without an answer is asked as "there is no answer for which the opposite holds". */
function answered(rule: Extract<Rule, { kind: 'answered' }>, negated: boolean): Leaf {
  const answer = sql`select 1 from survey_answers a where a.lead_id = leads.id and a.survey = ${textParam(rule.survey)} and a.question = ${textParam(rule.question)}`
  if (rule.op === undefined) return exists(answer, negated)
  const operator = findPropertyOperator(rule.op)
  const opposite = operator?.whenMissing === true ? operator.opposite : undefined
  const condition = compileProperty({ json: sql`a.value`, folded: sql`a.folded` }, opposite ?? rule.op, rule.value)
  return exists(sql`${answer} and ${condition}`, opposite === undefined ? negated : !negated)
}

function exists(rows: SQL, negated: boolean): Leaf {
  return { sql: negated ? sql`not exists (${rows})` : sql`exists (${rows})`, total: true }
}
