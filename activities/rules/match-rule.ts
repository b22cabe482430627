/** Whom a rule means right now, and what looks odd about it: for a person who is writing the rule. Reads only. */
import { inArray } from 'drizzle-orm'
import type { Database, Transaction } from '#db/client.ts'
import { isQueryCanceled } from '#db/errors.ts'
import { loadFacts } from '#db/repositories/facts.ts'
import type { LeadRow } from '#db/repositories/lead-reads.ts'
import {
  countAmong,
  countByStage,
  countRules,
  findRunWithoutPeople,
  newestMatching,
  roughLeadCount,
} from '#db/rules/match.ts'
import { readWhileWanted } from '#db/rules/read-while-wanted.ts'
import type { SegmentOptions } from '#db/rules/segments.ts'
import { leads } from '#db/schema/leads.ts'
import { evaluate } from '#engine/conditions/evaluate.ts'
import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import { ruleNeeds } from '#engine/conditions/needs.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Library } from '#engine/library.ts'
import type { Stage } from '#engine/vocabulary.ts'
import { findWarnings, type RuleWarning } from './rule-warnings.ts'

export interface MatchRequest {
  rule: Rule
  /** Only leads that meet this are looked at: the segment by which a journey is entered. */
  among?: Rule | undefined
  /** The rules of the cases above, in their order: whoever meets one of them never gets as far as this rule. */
  above?: readonly Rule[] | undefined
  /** How many leads to show of those who get as far as this rule: of those who match, and of those who do not. */
  sample: { matching: number; others: number }
  /** IANA zone in which days begin. */
  zone: string
  /** The leads of this test run instead of the real ones. */
  testRunId?: string | undefined
  warnings: boolean
  byStage: boolean
}

export interface MatchDependencies {
  db: Database
  library: Library
  /** UTC ms. */
  now: number
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined
  /** Above this many leads numbers may be estimates. @default 100,000 */
  exactUpTo?: number
  /** How long a large table is counted exactly before that is given up; 0 = not at all. @default 2.5 s */
  exactPatienceMs?: number
}

export interface RuleMatch {
  matching: number
  /** Leads that were asked: all, or those in `among`. */
  total: number
  /** True: counted on a part of the leads, because all of them would have taken too long. */
  isEstimate: boolean
  /** True: there are no real leads (or a test run was asked for); these are a test run's. */
  areTestLeads: boolean
  /** Of `matching`, those that no rule above takes; null without rules above. */
  left: number | null
  /** Of `total`, those that no rule above takes: who gets as far as this rule. Null without rules above. */
  reaching: number | null
  sample: { lead: LeadRow; value: boolean; trace: RuleTrace }[]
  warnings: RuleWarning[]
  byStage: { stage: Stage; leads: number }[]
}

/** Small installations are always counted; a person waits so long at most. */
const patienceMs = 15_000
/** Large ones so long, before an estimate is shown instead. */
const exactPatienceMs = 2500
const exactUpTo = 100_000
/** How many leads an estimate, or a look at single conditions, is based on. */
const sampledLeads = 20_000

/**
 * Counts, samples and warns, by the SQL that sweeps use and the evaluator that turns use. The rule must be valid.
 * @throws the database's 57014 (`isQueryCanceled`) when even an estimate takes too long, or `signal` was aborted.
 */
export async function matchRule(deps: MatchDependencies, request: MatchRequest): Promise<RuleMatch> {
  const { db, library, signal } = deps
  const { rule, among, zone } = request
  const testRunId = request.testRunId ?? (await findRunWithoutPeople(db))
  const options: SegmentOptions = {
    library,
    now: new Date(deps.now),
    zone,
    ...(testRunId === undefined ? {} : { testRunId }),
  }
  const rough = testRunId === undefined ? await roughLeadCount(db) : 0
  const isLarge = rough > (deps.exactUpTo ?? exactUpTo)
  const share = rough > sampledLeads ? sampledLeads / rough : 1
  const patience = { timeoutMs: patienceMs, signal }

  const within = (part: Rule): Rule => (among === undefined ? part : { kind: 'all', rules: [among, part] })
  const above = request.above ?? []
  const untaken: Rule | null = above.length === 0 ? null : { kind: 'not', rule: { kind: 'any', rules: [...above] } }
  const reach = (part: Rule): Rule => within(untaken === null ? part : { kind: 'all', rules: [untaken, part] })
  const asked: Rule[] = [
    rule,
    ...(untaken === null ? [] : [{ kind: 'all', rules: [rule, untaken] } as Rule, untaken]),
    ...above.map((other): Rule => ({ kind: 'all', rules: [rule, other] })),
  ]

  const exactly = async (tx: Transaction) => {
    const [total = 0, ...met] = await countRules(tx, [{ kind: 'always' } as Rule, ...asked].map(within), options)
    return { total, met, isEstimate: false }
  }
  const roughly = async () => {
    const found = await readWhileWanted(db, patience, (tx) => countAmong(tx, asked, { ...options, among, share }))
    const scale = (count: number) => Math.round(count / share)
    return { total: scale(found.asked), met: found.met.map(scale), isEstimate: share < 1 }
  }
  const counted = await count()
  const [matching = 0, ...others] = counted.met
  const [left, reaching] = untaken === null ? [null, null] : [others.shift() ?? 0, others.shift() ?? 0]

  const shown = await readWhileWanted(db, patience, async (tx) => ({
    sample: await readSample(tx, { ...request, options, deps, reach }),
    byStage: request.byStage ? await countByStage(tx, within(rule), options) : [],
  }))
  const warnings = request.warnings
    ? await readWhileWanted(db, patience, (tx) =>
        findWarnings(
          // Single conditions are judged by who gets as far as them.
          (rules) => countAmong(tx, rules, { ...options, among: reach({ kind: 'always' }), share }),
          { rule, library, isPart: among !== undefined || untaken !== null },
          { ...counted, matching, left, reaching, overlaps: others, isSampled: share < 1 },
        ),
      ).catch((error: unknown) => {
        // Numbers without their warnings are better than nothing.
        if (!isQueryCanceled(error) || signal?.aborted === true) throw error
        return []
      })
    : []
  return {
    matching,
    total: counted.total,
    isEstimate: counted.isEstimate,
    areTestLeads: testRunId !== undefined,
    left,
    reaching,
    ...shown,
    warnings,
  }

  async function count() {
    if (!isLarge) return readWhileWanted(db, patience, exactly)
    const timeoutMs = deps.exactPatienceMs ?? exactPatienceMs
    if (timeoutMs === 0) return roughly()
    return readWhileWanted(db, { timeoutMs, signal }, exactly).catch((error: unknown) => {
      if (!isQueryCanceled(error) || signal?.aborted === true) throw error
      return roughly()
    })
  }
}

async function readSample(
  tx: Transaction,
  {
    rule,
    zone,
    sample,
    options,
    deps,
    reach,
  }: MatchRequest & { options: SegmentOptions; deps: MatchDependencies; reach: (rule: Rule) => Rule },
): Promise<RuleMatch['sample']> {
  const not: Rule = { kind: 'not', rule }
  const ids = [
    ...(await newestMatching(tx, reach(rule), { ...options, limit: sample.matching })),
    ...(await newestMatching(tx, reach(not), { ...options, limit: sample.others })),
  ]
  if (ids.length === 0) return []
  const rows = await tx.select().from(leads).where(inArray(leads.id, ids))
  const byId = new Map(rows.map((row) => [row.id, row]))
  const { needs } = ruleNeeds(rule, deps.library)
  const shown: RuleMatch['sample'] = []
  for (const id of ids) {
    const lead = byId.get(id)
    if (lead === undefined) continue
    const facts = await loadFacts(tx, lead, needs)
    const { value, trace } = evaluate(rule, { facts, library: deps.library, now: deps.now, zone })
    shown.push({ lead, value, trace })
  }
  return shown
}
