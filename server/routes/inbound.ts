import { inArray } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { listInbound, releaseReplies } from '#db/repositories/inbound.ts'
import { leads } from '#db/schema/leads.ts'
import { handleReplies, listInboundMail } from '../contract/inbound.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export function inboundRoutes({ db }: { db: Database }): Implementation[] {
  return [
    implement(listInboundMail, async ({ query }) => {
      const { limit, cursor, kind, lead, only } = query
      const rows = await listInbound(db, {
        limit: limit + 1,
        cursor: readCursor(cursor),
        kind,
        leadId: lead,
        unmatched: only === 'unmatched',
        open: only === 'open',
      })
      const ids = rows.flatMap((row) => row.leadId ?? [])
      const known = ids.length === 0 ? [] : await db.select().from(leads).where(inArray(leads.id, ids))
      const byId = new Map(known.map((row) => [row.id, row]))
      return ok(
        toPage(
          rows,
          limit,
          (row) => ({ at: row.receivedAt, id: row.id }),
          (row) => {
            const owner = row.leadId === null ? undefined : byId.get(row.leadId)
            return {
              id: row.id,
              kind: row.kind,
              lead: owner === undefined ? null : presentLeadName(owner),
              deliveryId: row.deliveryId,
              matchedBy: row.matchedBy,
              from: row.fromAddress,
              subject: row.subject,
              body: row.body,
              detail: row.detail,
              receivedAt: toInstant(row.receivedAt),
              handledAt: toInstantOrNull(row.handledAt),
              handledBy: row.handledBy,
            }
          },
        ),
      )
    }),

    implement(handleReplies, async ({ params }, { actor }) => {
      const result = await db.transaction((tx) => releaseReplies(tx, { leadId: params.id, actor }))
      if (result === null) throw new HttpProblem('LEAD_NOT_FOUND', `There is no lead "${params.id}".`)
      return ok(result)
    }),
  ]
}
