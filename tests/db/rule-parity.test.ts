/**
 * The evaluator and the SQL compiler must not disagree about anybody: every registered operator, alone, negated and
 * combined, over awkward leads, around changes of clocks in several zones. The seed is fixed, so a failure repeats.
 */
import { sql } from 'drizzle-orm'
import { afterAll as afterTests, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { compileRule } from '#db/rules/compile.ts'
import { compareSql, type CompareSql } from '#db/rules/operators.ts'
import { countSql } from '#db/rules/counts.ts'
import { propertySql } from '#db/rules/properties.ts'
import { evaluate } from '#engine/conditions/evaluate.ts'
import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import { compareOperators, countOperators, type CompareOperator } from '#engine/conditions/operators.ts'
import { propertyOperators } from '#engine/conditions/properties.ts'
import type { CompareOp, Rule } from '#engine/conditions/schema.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Facts, Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { brokenSql, brokenTests, partial } from '../support/broken-operators.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { afterAll, anchors, exampleLeads, exampleLibrary, factsOf, insertLeads } from '../support/lead-facts.ts'
import {
  allCompareOps,
  allCountOps,
  allPropertyOps,
  combine,
  compareRules,
  otherRules,
  withSegments,
} from '../support/rule-cases.ts'

const seed = 20_261_122
const leadCount = 120

/** A rule asked at an instant in a zone; `laterEvents` when events after it are on record. */
interface Case {
  rule: Rule
  now: Instant
  zone: string
  laterEvents: boolean
}

interface Difference {
  rule: Rule
  leadId: string
  inPostgres: boolean
}

let database: TestDatabase
let handle: DatabaseHandle
let library: Library
let facts: Facts[]
let leafCases: Case[]
let cases: Case[]

beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
  const plain = exampleLibrary()
  const leaves = [...compareRules(plain, 5, seed), ...otherRules(12, seed)]
  library = withSegments(plain, leaves, seed)
  const leads = exampleLeads(leadCount, seed)
  await insertLeads(handle.db, leads, library)
  facts = leads.map(factsOf)
  leafCases = leaves.map(asked)
  const negated = leaves.map((rule): Rule => ({ kind: 'not', rule }))
  const combined = combine(leaves, Object.keys(library.segments), 250, seed)
  cases = [...leafCases, ...[...negated, ...combined].map(asked)]
})

afterTests(async () => {
  await handle.close()
  await database.drop()
})

/** Spreads the rules over the anchors; every third one is asked when all is past, as segments are. */
function asked(rule: Rule, index: number): Case {
  const anchor = anchors[index % anchors.length] ?? { at: afterAll, zone: 'UTC' }
  return index % 3 === 0
    ? { rule, now: afterAll, zone: anchor.zone, laterEvents: false }
    : { rule, now: anchor.at, zone: anchor.zone, laterEvents: true }
}

async function matchesInPostgres({ rule, now, zone, laterEvents }: Case): Promise<Set<string>> {
  const condition = compileRule(rule, { library, now: new Date(now), zone, laterEvents })
  const rows = await handle.db.execute<{ id: string }>(sql`select id from leads where ${condition}`)
  return new Set(rows.map(({ id }) => id))
}

async function findDifferences(list: readonly Case[], until = Infinity): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const item of list) {
    const matches = await matchesInPostgres(item)
    for (const lead of facts) {
      const { value } = evaluate(item.rule, { facts: lead, library, now: item.now, zone: item.zone, trace: false })
      const inPostgres = matches.has(lead.leadId)
      if (value !== inPostgres) differences.push({ rule: item.rule, leadId: lead.leadId, inPostgres })
    }
    if (differences.length >= until) return differences
  }
  return differences
}

test('every generated rule is one an author could publish', () => {
  const refused = cases.flatMap(({ rule }) => validateRule(rule, library).map((issue) => ({ rule, issue })))
  // Two equal bounds and the like are allowed; nothing else is reported.
  expect(refused).toEqual([])
})

test('the evaluator and Postgres agree on every rule and every lead', async () => {
  expect(cases.length * facts.length).toBeGreaterThan(10_000)
  expect(await findDifferences(cases, 5)).toEqual([])
})

test('each operator is true for at least 5 % and false for at least 5 % of what it was asked', () => {
  const tallies = new Map<string, { isTrue: number; isFalse: number }>()
  for (const { rule, now, zone } of cases) {
    for (const lead of facts) {
      const { trace } = evaluate(rule, { facts: lead, library, now, zone })
      tally(rule, trace, tallies)
    }
  }
  const expected = [
    ...allCompareOps.map((op) => `compare ${op}`),
    ...allCountOps.flatMap((op) => [`count ${op}`, `delivered ${op}`]),
    ...allPropertyOps.flatMap((op) => [`answered ${op}`, `where ${op}`]),
    'answered',
    'has_tag',
    'received',
    'in_segment',
    'all',
    'any',
    'not',
  ]
  const shares = expected.map((name) => {
    const { isTrue, isFalse } = tallies.get(name) ?? { isTrue: 0, isFalse: 0 }
    return { name, share: isTrue / (isTrue + isFalse) }
  })
  expect(shares.filter(({ share }) => !(share >= 0.05 && share <= 0.95))).toEqual([])
})

describe('a broken operator is caught', () => {
  test.each(allCompareOps)('comparison "%s" in SQL', async (op) => {
    expect(await isCaught(compareSql as Record<CompareOp, CompareSql>, op, brokenSql[op], usesOf(op))).toBe(true)
  })

  test.each(allCompareOps)('comparison "%s" in the evaluator, for values', async (op) => {
    const operator: CompareOperator = compareOperators[op]
    expect(await isCaught(operator, 'test', brokenTests[op], usesOf(op))).toBe(true)
  })

  test.each(allCompareOps)('comparison "%s" in the evaluator, for missing values', async (op) => {
    const operator: CompareOperator = compareOperators[op]
    expect(await isCaught(operator, 'whenMissing', !operator.whenMissing, usesOf(op))).toBe(true)
  })

  test.each(allCountOps)('count "%s" in SQL and in the evaluator', async (op) => {
    const next = allCountOps[(allCountOps.indexOf(op) + 1) % allCountOps.length] ?? 'eq'
    const uses = cases.filter(({ rule }) => (rule.kind === 'count' || rule.kind === 'delivered') && rule.op === op)
    expect(await isCaught(countSql, op, countSql[next], uses)).toBe(true)
    expect(await isCaught(countOperators, op, countOperators[next], uses)).toBe(true)
  })

  test.each(allPropertyOps)('property condition "%s" in SQL and in the evaluator', async (op) => {
    const uses = cases.filter(
      ({ rule }) =>
        (rule.kind === 'answered' && rule.op === op) ||
        (rule.kind === 'count' && rule.where?.some((one) => one.op === op)),
    )
    const operator: { test: (typeof propertyOperators)['is']['test'] } = propertyOperators[op]
    const { test: works } = operator
    expect(await isCaught(operator, 'test', (actual, values) => !works(actual, values), uses)).toBe(true)
    // What holds for a missing value is compiled as "not the opposite": breaking the opposite breaks it.
    const compiled = op === 'is_not' || op === 'unknown' ? (op === 'is_not' ? 'is' : 'known') : op
    expect(await isCaught(propertySql, compiled, () => sql`false`, uses)).toBe(true)
  })

  test('a LIKE pattern that is not escaped', async () => {
    expect(
      await isCaught(
        compareSql as Record<CompareOp, CompareSql>,
        'contains',
        ({ value }, { values }) => partial(sql`${value} like ${`%${String(values[0])}%`}::text`),
        usesOf('contains'),
      ),
    ).toBe(true)
  })

  test('NOT around null without a wrap', async () => {
    for (const op of ['starts_with', 'lt', 'between', 'within_last', 'has_any'] as const) {
      const works: CompareSql = compareSql[op]
      const uses = usesOf(op).filter(({ rule }) => rule.kind === 'not')
      expect(
        await isCaught(
          compareSql as Record<CompareOp, CompareSql>,
          op,
          (...both) => ({ ...works(...both), total: true }),
          uses,
        ),
      ).toBe(true)
    }
  })
})

/** Breaks one part of a registry, says whether the comparison above notices, and puts the part back. */
async function isCaught<Registry extends object, Key extends keyof Registry>(
  registry: Registry,
  key: Key,
  broken: Registry[Key],
  uses: readonly Case[],
): Promise<boolean> {
  const works = registry[key]
  registry[key] = broken
  try {
    return (await findDifferences(uses, 1)).length > 0
  } finally {
    registry[key] = works
  }
}

/** Cases that ask one comparison, plainly or negated. */
function usesOf(op: CompareOp): Case[] {
  return cases.filter(({ rule }) => {
    const asked = rule.kind === 'not' ? rule.rule : rule
    return asked.kind === 'compare' && asked.op === op
  })
}

/** Counts the value of each part of a rule under its operator; the trace mirrors the rule. */
function tally(rule: Rule, trace: RuleTrace, tallies: Map<string, { isTrue: number; isFalse: number }>): void {
  for (const name of namesOf(rule)) {
    const sum = tallies.get(name) ?? { isTrue: 0, isFalse: 0 }
    if (trace.value) sum.isTrue += 1
    else sum.isFalse += 1
    tallies.set(name, sum)
  }
  const parts = rule.kind === 'all' || rule.kind === 'any' ? rule.rules : rule.kind === 'not' ? [rule.rule] : []
  parts.forEach((part, index) => {
    const child = trace.children?.[index]
    if (child !== undefined) tally(part, child, tallies)
  })
}

function namesOf(rule: Rule): string[] {
  switch (rule.kind) {
    case 'compare':
    case 'delivered':
      return [`${rule.kind} ${rule.op}`]
    case 'count': {
      const [filter, ...more] = rule.where ?? []
      // A filter shows only where it alone decides: at least one event, one filter.
      const decides = filter !== undefined && more.length === 0 && rule.op === 'gte' && rule.n === 1
      return [`count ${rule.op}`, ...(decides ? [`where ${filter.op}`] : [])]
    }
    case 'answered':
      return [rule.op === undefined ? 'answered' : `answered ${rule.op}`]
    case 'has_tag':
    case 'received':
    case 'in_segment':
    case 'all':
    case 'any':
    case 'not':
    case 'always':
      return [rule.kind]
    default:
      return rule satisfies never
  }
}
