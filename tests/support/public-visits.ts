/** Leads with a message each, and the links in it: who opens public pages in tests. */
import { sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import type { FieldValue } from '#engine/facts.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import type { DeliveryStatus } from '#engine/vocabulary.ts'

export interface Recipient {
  leadId: string
  deliveryId: string
}

/** A lead who was sent an email. */
export async function addRecipient(
  db: Database,
  {
    email,
    fields = {},
    content = {},
    status = 'accepted',
    acceptedAt = new Date(Date.now() - 3_600_000),
  }: {
    email: string
    fields?: Record<string, FieldValue>
    content?: Partial<DeliveryContent>
    status?: DeliveryStatus
    acceptedAt?: Date
  },
): Promise<Recipient> {
  const library = await readLibrary(db)
  const { rows } = await db.transaction((tx) =>
    upsertLeads(tx, [{ email, fields: { first_name: 'Ada', last_name: 'Lovelace', ...fields } }], {
      library,
      actor: 'test',
      enroll: false,
    }),
  )
  const leadId = rows[0]?.leadId ?? ''
  return { leadId, deliveryId: await addDelivery(db, { leadId, content, status, acceptedAt }) }
}

/** One more message to a lead. Returns its id. */
export async function addDelivery(
  db: Database,
  {
    leadId,
    content = {},
    status = 'accepted',
    acceptedAt = new Date(Date.now() - 3_600_000),
  }: { leadId: string; content?: Partial<DeliveryContent>; status?: DeliveryStatus; acceptedAt?: Date },
): Promise<string> {
  const id = newId()
  await db.insert(deliveries).values({
    id,
    leadId,
    enrollmentId: newId(),
    journeyId: newId(),
    stepId: 'mail',
    visit: 1,
    channel: 'email',
    purpose: 'nurture',
    status,
    content: { subject: 'A guide', body: 'Hello', ...content },
    priority: 3,
    queuedAt: acceptedAt,
    countedAt: acceptedAt,
    claimableAt: acceptedAt,
    acceptedAt: status === 'accepted' ? acceptedAt : null,
  })
  return id
}

/** Rows in every table: what a request that changes nothing leaves as it was. Written-to rows show in `xmin`. */
export async function fingerprint(db: Database): Promise<Record<string, string>> {
  const tables = await db.execute<{ name: string }>(sql`
    select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`)
  const prints: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await db.execute<{ print: string }>(
      sql`select count(*) || ' rows, ' || coalesce(sum(xmin::text::bigint), 0) as print from ${sql.raw(name)}`,
    )
    prints[name] = row?.print ?? ''
  }
  return prints
}
