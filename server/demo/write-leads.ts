/** Writes invented leads through the same functions as real ones, by the thousand. */
import type { Database } from '#db/client.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import type { DemoLead } from './generate.ts'

/** Leads per transaction. */
const batchSize = 1000

/** Makes test leads of the run, all tagged `demo`. Repeating it finds them there. Nobody enters a journey by it. */
export async function writeDemoLeads(
  db: Database,
  leads: readonly DemoLead[],
  run: { id: string; clock: LeadClock },
): Promise<void> {
  const quiet = { library: await readLibrary(db), actor: 'demo', priority: 5, enroll: false } as const
  const test = { runId: run.id, clock: run.clock }
  for (let start = 0; start < leads.length; start += batchSize) {
    const batch = leads.slice(start, start + batchSize)
    await db.transaction(async (tx) => {
      const incoming = batch.map(({ externalId, fields, stage, attention, createdAt }) => ({
        externalId,
        fields,
        stage,
        attention,
        createdAt,
        tags: ['demo'],
        test,
      }))
      const { rows } = await upsertLeads(tx, incoming, quiet)
      const written = batch.flatMap((lead, index) => {
        const row = rows[index]
        return row === undefined || row.leadId === null
          ? []
          : [{ ...lead, leadId: row.leadId, isNew: row.outcome === 'created' }]
      })
      await applyLeadChanges(tx, written.flatMap(consentOf), quiet)
      const events = written.flatMap(({ leadId, externalId, events: own }) =>
        own.map((event, index) => ({
          ...event,
          lead: { id: leadId },
          dedupeKey: `demo:${run.id}:${externalId}:${String(index)}`,
        })),
      )
      await ingestEvents(tx, events, quiet)
    })
  }
}

/** The consent is part of the ledger, which only grows: written once, with the lead. */
function consentOf({ leadId, consentAt, isNew }: DemoLead & { leadId: string; isNew: boolean }): LeadChange[] {
  if (consentAt === null || !isNew) return []
  const wording = 'Yes, send me guides and invitations.'
  return [{ leadId, kind: 'set_consent', purpose: 'nurture', channel: 'email', state: 'granted', wording }]
}
