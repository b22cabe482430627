/** What the audit log keeps of a lead before and after a write: what became different, and nothing else. */
import { eq } from 'drizzle-orm'
import type { Transaction } from '#db/client.ts'
import { personalColumns } from '#db/repositories/erasure.ts'
import { leads, leadTags } from '#db/schema/leads.ts'
import type { Json } from '#engine/facts.ts'

const columns = [
  ...personalColumns,
  'stage',
  'attention',
  'score',
  'ownerId',
  'objected',
  'doNotEmail',
  'doNotMail',
  'doNotCall',
] as const

/** A lead as the audit log tells it: its own columns, custom fields as `fields.<key>`, and `tags`. Null = nothing there. */
type AuditedLead = Readonly<Record<string, Json>>

/** Reads it now; null when there is no such lead. Hold its lock, so that what is written after is what it became. */
export async function readAudited(tx: Transaction, leadId: string): Promise<AuditedLead | null> {
  const [row] = await tx.select().from(leads).where(eq(leads.id, leadId))
  if (row === undefined) return null
  const tags = await tx.select({ tag: leadTags.tag }).from(leadTags).where(eq(leadTags.leadId, leadId))
  const fields = Object.entries(row.fields).map(([key, value]) => [`fields.${key}`, value] as const)
  return {
    ...Object.fromEntries(columns.map((column) => [column, row[column]])),
    ...Object.fromEntries(fields),
    tags: tags.map(({ tag }) => tag).sort(),
  }
}

/** What differs, on both sides, by key. Of what was not there at all, `before` is null and `after` holds what is. */
export function changesOf(
  before: AuditedLead | null,
  after: AuditedLead,
): { before: Record<string, Json> | null; after: Record<string, Json> } {
  const nothing = (value: Json | undefined) => value ?? null
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(nothing(before?.[key])) !== JSON.stringify(nothing(after[key])),
  )
  const of = (lead: AuditedLead) => Object.fromEntries(keys.map((key) => [key, nothing(lead[key])]))
  return { before: before === null ? null : of(before), after: of(after) }
}
