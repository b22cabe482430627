import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import type { Poker } from '#activities/poker.ts'
import { findLeadSummaries } from '#db/repositories/lead-reads.ts'
import { compileRule } from '#db/rules/compile.ts'
import { leads } from '#db/schema/leads.ts'
import { deleteSegment as removeSegment, saveSegment } from '#activities/segments/save-segment.ts'
import { tellResting } from '#activities/segments/tell-resting.ts'
import { findSegmentUses, type SegmentUse } from '#activities/segments/segment-uses.ts'
import { segments } from '#db/schema/library.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { describeRule } from '#engine/conditions/describe.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Library } from '#engine/library.ts'
import { isZone } from '#engine/schedule/zone.ts'
import { deleteSegment, getSegment, listSegments, previewSegment, putSegment } from '../contract/segments.ts'
import { allows } from '../contract/scopes.ts'
import type { Principal } from '../principal.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { presentLeadSummary } from './leads.ts'
import { requireSameKey, requireSaved } from './surveys.ts'

/** A preview is for a person who waits; a rule that takes longer than this is refused by Postgres. */
const statementTimeout = '15s'

export function segmentRoutes(deps: {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  registry: StepRegistry
  now: () => number
}): Implementation[] {
  const { db, now } = deps
  return [
    implement(previewSegment, async ({ body }, { principal }) => {
      const library = await deps.library()
      const zone = body.zone ?? library.policy.zone
      requireZone(zone)
      requireValid(body.rule, library, ['body', 'rule'])
      const candidates = and(eq(leads.isTest, body.testLeads), isNull(leads.erasedAt), isNull(leads.mergedInto))
      const matches = and(candidates, compileRule(body.rule, { library, now: new Date(now()), zone }))
      const found = await db.transaction(
        async (tx) => {
          await tx.execute(sql`set local statement_timeout = ${sql.raw(`'${statementTimeout}'`)}`)
          const counted = await tx
            .select({ count: sql<number>`count(*) filter (where ${matches})::int`, total: sql<number>`count(*)::int` })
            .from(leads)
            .where(candidates)
          const sample = await tx
            .select({ id: leads.id })
            .from(leads)
            .where(matches)
            .orderBy(leads.id)
            .limit(mayReadLeads(principal) ? body.sample : 0)
          return { count: counted[0]?.count ?? 0, total: counted[0]?.total ?? 0, ids: sample.map(({ id }) => id) }
        },
        { accessMode: 'read only', isolationLevel: 'repeatable read' },
      )
      const sample = await findLeadSummaries(db, found.ids)
      return ok({
        count: found.count,
        total: found.total,
        sentence: describeRule(body.rule, library),
        sample: sample.sort((a, b) => (a.id < b.id ? -1 : 1)).map(presentLeadSummary),
      })
    }),

    implement(listSegments, async () => {
      const [library, uses] = await Promise.all([deps.library(), findSegmentUses(db)])
      const rows = await db.select().from(segments).orderBy(segments.name, segments.key)
      return ok({ items: rows.map((row) => present(row, library, uses)) })
    }),

    implement(getSegment, async ({ params }) => {
      const [library, uses] = await Promise.all([deps.library(), findSegmentUses(db)])
      const [row] = await db.select().from(segments).where(eq(segments.key, params.key))
      if (row === undefined) throw missing(params.key)
      return ok(present(row, library, uses))
    }),

    implement(putSegment, async ({ params, body }, { actor }) => {
      requireSameKey(params.key, body.key, 'RULE_INVALID')
      const created = requireSaved(await saveSegment(deps, body, actor), 'RULE_INVALID')
      // The first who rest on it at once; the reconciler tells the others.
      await tellResting(deps, { pages: 1 })
      return ok({ segment: body, created })
    }),

    implement(deleteSegment, async ({ params }, { actor }) => {
      const result = await removeSegment(deps, params.key, actor)
      if (result.deleted) return ok({ deleted: true as const })
      if (result.why === 'missing') throw missing(params.key)
      const issues = result.uses.map((use) => ({
        code: 'RESOURCE_IN_USE',
        severity: 'error' as const,
        path: ['params', 'key'],
        message: describeUse(use),
      }))
      const count = issues.length === 1 ? '1 place uses' : `${String(issues.length)} places use`
      throw new HttpProblem('RESOURCE_IN_USE', `${count} the segment "${params.key}"; take it out there first.`, {
        issues,
      })
    }),
  ]
}

/** A right to segments is one to numbers: who the leads are takes a right to leads. */
export function mayReadLeads({ scopes }: Principal): boolean {
  return allows(scopes, 'leads:read')
}

/** @throws {HttpProblem} RULE_INVALID with every problem of the rule, at its place in the request. */
export function requireValid(rule: Rule, library: Library, path: (string | number)[]): void {
  const issues = validateRule(rule, library).filter(({ severity }) => severity === 'error')
  if (issues.length === 0) return
  throw new HttpProblem('RULE_INVALID', issues[0]?.message ?? '', {
    issues: issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
  })
}

/** @throws {HttpProblem} RULE_INVALID when the body's zone is none. */
export function requireZone(zone: string): void {
  if (isZone(zone)) return
  const message = `"${zone}" is not a time zone; write one like Europe/Berlin.`
  throw new HttpProblem('RULE_INVALID', message, {
    issues: [{ code: 'ZONE_UNKNOWN', severity: 'error', path: ['body', 'zone'], message }],
  })
}

function missing(key: string): HttpProblem {
  return new HttpProblem('SEGMENT_NOT_FOUND', `There is no segment "${key}".`)
}

function present(
  { key, name, rule, updatedAt }: typeof segments.$inferSelect,
  library: Library,
  uses: ReadonlyMap<string, SegmentUse[]>,
) {
  return {
    key,
    name,
    rule,
    sentence: describeRule(rule, library),
    updatedAt: toInstant(updatedAt),
    usedIn: uses.get(key) ?? [],
  }
}

const versionWords = {
  live: 'journey',
  draft: 'draft of the journey',
  earlier: 'earlier version, with leads in it, of the journey',
}

function describeUse({ kind, name, where, steps }: SegmentUse): string {
  if (kind === 'segment') return `The segment “${name}” names it.`
  const named = steps.map((step) => `“${step.name}”`).join(', ')
  return `The ${versionWords[where ?? 'live']} “${name}” names it in ${named}.`
}
