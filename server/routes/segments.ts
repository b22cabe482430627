import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { findLeadSummaries } from '#db/repositories/lead-reads.ts'
import { compileRule } from '#db/rules/compile.ts'
import { leads } from '#db/schema/leads.ts'
import { describeRule } from '#engine/conditions/describe.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Library } from '#engine/library.ts'
import { isZone } from '#engine/schedule/zone.ts'
import { previewSegment } from '../contract/segments.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { presentLeadSummary } from './leads.ts'

/** A preview is for a person who waits; a rule that takes longer than this is refused by Postgres. */
const statementTimeout = '15s'

export function segmentRoutes(deps: {
  db: Database
  library: () => Promise<Library>
  now: () => number
}): Implementation[] {
  const { db, now } = deps
  return [
    implement(previewSegment, async ({ body }) => {
      const library = await deps.library()
      const zone = body.zone ?? library.policy.zone
      if (!isZone(zone)) throw refusal(`"${zone}" is not a time zone; write one like Europe/Berlin.`, ['body', 'zone'])
      const issues = validateRule(body.rule, library).filter(({ severity }) => severity === 'error')
      if (issues.length > 0) {
        throw new HttpProblem('RULE_INVALID', issues[0]?.message ?? '', {
          issues: issues.map(({ path, ...issue }) => ({ ...issue, path: ['body', 'rule', ...path] })),
        })
      }
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
            .limit(body.sample)
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
  ]
}

function refusal(message: string, path: string[]): HttpProblem {
  return new HttpProblem('RULE_INVALID', message, {
    issues: [{ code: 'ZONE_UNKNOWN', severity: 'error', path, message }],
  })
}
