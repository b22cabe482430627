/**
 * Takes in a copy of a do-not-call registry, or the company's own list. Numbers are kept as fingerprints; open call tasks
 * of leads whose number is on the list are withdrawn at once.
 */
import { and, eq, isNotNull, lt, sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { withdrawCalls } from '#db/repositories/call-tasks.ts'
import { wakeWaiting } from '#db/repositories/announce.ts'
import { fingerprintOf, obtainFingerprintKey, readPhone } from '#db/repositories/fingerprints.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { jsonRows } from '#db/repositories/json-rows.ts'
import { lockLeads } from '#db/repositories/lead-locks.ts'
import { dncNumbers, dncRegistries } from '#db/schema/do-not-contact.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog, tasks } from '#db/schema/tasks.ts'
import { transact } from '#db/transact.ts'
import { companyDncList } from '#engine/gate/gate.ts'
import type { Poker } from '../poker.ts'

export interface DncImport {
  /** ISO country code in lower case (`us`), or `company` for the company's own list. */
  registry: string
  /** The date of the copy; the 31 days of 47 CFR 64.1200(c)(2)(i)(D) count from it. */
  asOf: Date
  /** One number per line, with or without country code; what follows a comma, semicolon or tab is left out. */
  lines: AsyncIterable<string>
  actor: string
  /** `replace`: the file is the whole registry, who is not in it is off it. `add`: a change file, or numbers of our own. */
  mode: 'replace' | 'add'
}

export interface DncImported {
  numbers: number
  /** Lines that are no telephone number, headings among them. */
  unreadable: number
  /** Call tasks that were withdrawn. */
  withdrawn: number
}

const chunkSize = 5000

/** @throws {RangeError} when the registry is no country, or the copy is older than the one that is there. */
export async function importDncList(
  { db, poker }: { db: Database; poker: Poker },
  request: DncImport,
): Promise<DncImported> {
  const { registry, asOf, lines, actor } = request
  if (!/^[a-z]{2}$/.test(registry) && registry !== companyDncList) {
    throw new RangeError(`"${registry}" is no registry; write a country code such as us, or "${companyDncList}".`)
  }
  const [known] = await db.select().from(dncRegistries).where(eq(dncRegistries.registry, registry))
  if (known !== undefined && known.asOf > asOf) {
    throw new RangeError(
      `A copy of "${registry}" as of ${known.asOf.toISOString()} is there already; one as of ${asOf.toISOString()} is older.`,
    )
  }
  const key = await obtainFingerprintKey(db)
  const country = registry === companyDncList ? null : registry.toUpperCase()
  let unreadable = 0
  let chunk = new Set<string>()
  const flush = async (): Promise<void> => {
    if (chunk.size === 0) return
    const rows = [...chunk].sort().map((fingerprint) => ({ fingerprint }))
    chunk = new Set()
    await db.execute(sql`
      insert into dnc_numbers (fingerprint, registry, as_of)
      select fingerprint, ${registry}, ${asOf.toISOString()}::timestamptz from ${jsonRows(rows, 'r', 'fingerprint text')}
      on conflict (fingerprint, registry) do update set as_of = excluded.as_of`)
  }
  for await (const line of lines) {
    const [text = ''] = line.split(/[,;\t]/)
    if (text.trim() === '') continue
    const number = readPhone(text, country)
    if (number === null) unreadable += 1
    else chunk.add(fingerprintOf(key, 'phone', number))
    if (chunk.size >= chunkSize) await flush()
  }
  await flush()
  const numbers = await finish(db, request, unreadable)
  const withdrawn = await withdrawListed({ db, poker }, key, actor)
  return { numbers, unreadable, withdrawn }
}

/** Only now is the new copy the registry: an import that was cut off leaves the old date standing, and its numbers listed. */
async function finish(db: Database, { registry, asOf, actor, mode }: DncImport, unreadable: number): Promise<number> {
  return db.transaction(async (tx) => {
    if (mode === 'replace') {
      await tx.delete(dncNumbers).where(and(eq(dncNumbers.registry, registry), lt(dncNumbers.asOf, asOf)))
    }
    const [row] = await tx.execute<{ count: number }>(
      sql`select count(*)::int as count from dnc_numbers where registry = ${registry}`,
    )
    const numbers = row?.count ?? 0
    await tx
      .insert(dncRegistries)
      .values({ registry, asOf, numbers, importedBy: actor })
      .onConflictDoUpdate({
        target: dncRegistries.registry,
        set: { asOf, numbers, importedBy: actor, importedAt: sql`now()` },
      })
    await tx.insert(auditLog).values({
      actor,
      action: 'dnc.import',
      subjectKind: 'dnc_registry',
      subjectId: registry,
      after: { asOf: asOf.toISOString(), numbers, unreadable, mode },
    })
    return numbers
  })
}

/** Open calls to numbers that are on a list now. Who has agreed to calls keeps theirs: the step asks the gate again. */
async function withdrawListed(
  { db, poker }: { db: Database; poker: Poker },
  key: string,
  actor: string,
): Promise<number> {
  const callees = await db
    .selectDistinct({ leadId: leads.id, phone: leads.phone, country: leads.country })
    .from(tasks)
    .innerJoin(leads, eq(leads.id, tasks.leadId))
    .where(and(eq(tasks.kind, 'call'), eq(tasks.status, 'open'), eq(tasks.isTest, false), isNotNull(leads.phone)))
  const rows = callees.flatMap(({ leadId, phone, country }) => {
    const number = readPhone(phone, country)
    return number === null ? [] : [{ lead_id: leadId, fingerprint: fingerprintOf(key, 'phone', number) }]
  })
  if (rows.length === 0) return 0
  const listed = await db.execute<{ lead_id: string }>(sql`
    select distinct r.lead_id from ${jsonRows(rows, 'r', 'lead_id uuid, fingerprint text')}
      join dnc_numbers n on n.fingerprint = r.fingerprint
     where n.registry = ${companyDncList} or coalesce((
       select c.state <> 'granted' or c.basis <> 'consent' or coalesce(c.expires_at <= now(), false)
         from consents c where c.lead_id = r.lead_id and c.purpose = 'nurture' and c.channel = 'phone'
        order by c.id desc limit 1), true)
     order by r.lead_id`)
  if (listed.length === 0) return 0
  const leadIds = await transact(db, async (tx) => {
    const locked = await lockLeads(
      tx,
      listed.map((row) => row.lead_id),
    )
    const whom = [...locked.values()].map(({ row, now }) => ({ leadId: row.id, at: now }))
    await withdrawCalls(tx, whom, actor)
    const woken = await wakeWaiting(
      tx,
      whom.map((one) => ({ ...one, keys: ['suppression:phone'] })),
    )
    await addInputs(tx, woken)
    return woken.map((row) => row.leadId)
  })
  await poker.poke(leadIds, { priority: 3 })
  return listed.length
}
