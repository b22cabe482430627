/** Brings in one lead, or changes what is known about one, as a form, a shop or a person says. */
import type { Database, Transaction } from '#db/client.ts'
import { lockReferenced } from '#db/repositories/events.ts'
import { applyLeadChanges, type RefusedChange } from '#db/repositories/lead-changes.ts'
import { upsertLeads, type IncomingLead } from '#db/repositories/upsert-leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Poker } from '../poker.ts'
import { changesOf, readAudited } from './audited-lead.ts'

export interface UpsertLeadRequest {
  lead: IncomingLead
  removeTags: readonly string[]
  actor: string
}

export type UpsertedLeadResult =
  | { done: true; leadId: string; outcome: 'created' | 'updated' | 'unchanged' }
  | { done: false; code: 'IDENTITY_CONFLICT' | 'LEAD_INVALID'; message: string; refused: RefusedChange[] }

/** All or nothing: one change that cannot be made takes back the others, so that the caller may simply try again. */
class Refusal extends Error {
  readonly result: Extract<UpsertedLeadResult, { done: false }>

  constructor(result: Extract<UpsertedLeadResult, { done: false }>) {
    super(result.message)
    this.name = 'Refusal'
    this.result = result
  }
}

/** Finds the lead by its identities or makes it, changes it, writes the audit log and pokes whom it concerns. */
export async function upsertLead(
  { db, poker, library }: { db: Database; poker: Poker; library: () => Promise<Library> },
  { lead, removeTags, actor }: UpsertLeadRequest,
): Promise<UpsertedLeadResult> {
  const options = { library: await library(), actor, priority: 1 as const }
  try {
    const { result, leadIds } = await db.transaction(async (tx) => {
      const known = await readKnown(tx, lead)
      const upserted = await upsertLeads(tx, [lead], options)
      const row = upserted.rows[0]
      if (row === undefined || row.leadId === null || row.outcome === 'refused') {
        throw new Refusal({ done: false, code: 'IDENTITY_CONFLICT', message: row?.message ?? '', refused: [] })
      }
      const { leadId } = row
      const removed = await applyLeadChanges(
        tx,
        removeTags.map((tag) => ({ leadId, kind: 'remove_tag', tag })),
        options,
      )
      const refused = [...upserted.refused, ...removed.refused]
      const [first] = refused
      if (first !== undefined) {
        const code = first.field === 'email' ? 'IDENTITY_CONFLICT' : 'LEAD_INVALID'
        throw new Refusal({ done: false, code, message: first.message, refused })
      }
      const isChanged = row.outcome === 'updated' || removed.changedLeadIds.length > 0
      const outcome = row.outcome === 'created' ? 'created' : isChanged ? 'updated' : 'unchanged'
      if (outcome !== 'unchanged') {
        const now = await readAudited(tx, leadId)
        const { before, after } = changesOf(outcome === 'created' ? null : known, now ?? {})
        await tx.insert(auditLog).values({
          actor,
          action: outcome === 'created' ? 'lead.create' : 'lead.update',
          subjectKind: 'lead',
          subjectId: leadId,
          before,
          after: { ...after, asked: toJson({ ...lead, removeTags }) },
        })
      }
      return {
        result: { done: true as const, leadId, outcome } as const,
        leadIds: [...upserted.leadIds, ...removed.leadIds],
      }
    })
    await poker.poke(leadIds, { priority: 1 })
    return result
  } catch (error) {
    if (error instanceof Refusal) return error.result
    throw error
  }
}

/** The lead as it is before, locked; null when nobody goes by these names yet. */
async function readKnown(tx: Transaction, { externalId, email, anonymousId, fields }: IncomingLead) {
  const given = fields?.['email']
  const names = { externalId, email: email ?? (typeof given === 'string' ? given : undefined), anonymousId }
  const { leadOf } = await lockReferenced(tx, [names])
  const [leadId] = leadOf
  return leadId == null ? null : readAudited(tx, leadId)
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
