/** Leads as a rehearsal takes them: whole for those that were chosen, without what tells who they are in samples. */
import { and, asc, desc, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Database, Transaction } from '#db/client.ts'
import { loadFacts, type LeadRow } from '#db/repositories/facts.ts'
import { livingLead } from '#db/repositories/triggers.ts'
import { compileRule } from '#db/rules/compile.ts'
import { roughLeadCount } from '#db/rules/match.ts'
import { readWhileWanted } from '#db/rules/read-while-wanted.ts'
import { segmentCondition } from '#db/rules/segments.ts'
import { leads } from '#db/schema/leads.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Needs } from '#engine/facts.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import { anonymise } from '#engine/simulation/anonymise.ts'
import { fromFacts, type RehearsalLead } from '#engine/simulation/schemas.ts'

/** A sample comes in so many parts, so that the first leads are there at once. */
export const sampleParts = 10
/** Leads of one part at most. */
const partSize = 100
/** Facts of one lead are several statements in one round trip; so many leads' go together. */
const atOnce = 10
const patienceMs = 10_000

export interface RehearsalLeadsRequest {
  /** What the journey looks at: no more is read. */
  needs: Needs
  signal?: AbortSignal
}

export interface FoundLead {
  lead: LeadRow
  facts: RehearsalLead
}

/** The leads by id, in that order; who is gone is left out. */
export async function readChosenLeads(
  db: Database,
  { needs, leadIds, signal }: RehearsalLeadsRequest & { leadIds: readonly string[] },
): Promise<FoundLead[]> {
  return readWhileWanted(db, { timeoutMs: patienceMs, signal }, async (tx) => {
    const rows = await tx
      .select()
      .from(leads)
      .where(inArray(leads.id, [...leadIds]))
    const byId = new Map(rows.map((row) => [row.id, row]))
    const found = leadIds.flatMap((id) => byId.get(id) ?? [])
    return withFacts(
      tx,
      found.filter((row) => row.erasedAt === null),
      needs,
    )
  })
}

/**
 * One part of a sample of the leads that match a rule. Parts lie next to each other over all leads in the order in which
 * they came, so that all parts together are spread over them evenly, and each is one short walk along the primary key.
 */
export async function sampleLeads(
  db: Database,
  request: RehearsalLeadsRequest & {
    rule: Rule
    part: number
    graph: Pick<Graph, 'nodes' | 'settings'>
    library: Library
    now: number
  },
): Promise<FoundLead[]> {
  const { needs, rule, part, graph, library, now, signal } = request
  const options = { library, now: new Date(now), zone: graph.settings.zone }
  return readWhileWanted(db, { timeoutMs: patienceMs, signal }, async (tx) => {
    const range = await partOf(tx, part)
    if (range === null) return []
    // A demo, or a company that has only tried things so far: its test leads, too, whose clocks may be ahead.
    const matching = (await hasEnoughLeads(tx))
      ? segmentCondition(rule, options)
      : and(livingLead, compileRule(rule, { ...options, laterEvents: true }))
    const rows = await tx.select().from(leads).where(and(range, matching)).orderBy(asc(leads.id)).limit(partSize)
    const found = await withFacts(tx, rows, needs)
    return found.map(({ lead, facts }) => ({ lead, facts: anonymise(facts, graph, library) }))
  })
}

/** From so many real leads on, test leads are left out of samples. */
const enoughLeads = 100

async function hasEnoughLeads(tx: Transaction): Promise<boolean> {
  const real = and(eq(leads.isTest, false), livingLead)
  return (await tx.select({ id: leads.id }).from(leads).where(real).limit(enoughLeads)).length === enoughLeads
}

/** Up to so many leads, parts are of equal size; beyond, of equal time, which needs no walk over all of them. */
const countedLeads = 200_000

/** The ids of a part; null when there are no leads. Ids begin with the time at which they were given. */
async function partOf(tx: Transaction, part: number): Promise<SQL | null> {
  const ends = (order: SQL) => tx.select({ id: leads.id }).from(leads).orderBy(order).limit(1)
  const [[oldest], [newest]] = await Promise.all([ends(asc(leads.id)), ends(desc(leads.id))])
  if (oldest === undefined || newest === undefined) return null
  const bounds =
    (await roughLeadCount(tx)) <= countedLeads
      ? await equalParts(tx)
      : equalTimes(numberOf(oldest.id), numberOf(newest.id))
  const [from, to] = [part === 0 ? oldest.id : bounds[part - 1], bounds[part]]
  if (from === undefined) return null
  const isLast = part === sampleParts - 1 || to === undefined
  return (isLast ? gte(leads.id, from) : and(gte(leads.id, from), lt(leads.id, to))) ?? null
}

/** The ids between the parts. */
async function equalParts(tx: Transaction): Promise<string[]> {
  const shares = Array.from({ length: sampleParts - 1 }, (_, index) => (index + 1) / sampleParts)
  const [row] = await tx.execute<{ bounds: string[] }>(
    sql`select percentile_disc(array[${sql.raw(shares.join(','))}]::float8[]) within group (order by id)::text[] as bounds from leads`,
  )
  return row?.bounds ?? []
}

function equalTimes(first: bigint, last: bigint): string[] {
  return Array.from({ length: sampleParts - 1 }, (_, index) =>
    idOf(first + ((last - first) * BigInt(index + 1)) / BigInt(sampleParts)),
  )
}

function numberOf(id: string): bigint {
  return BigInt(`0x${id.replaceAll('-', '')}`)
}

function idOf(number: bigint): string {
  const digits = number.toString(16).padStart(32, '0')
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  )
}

async function withFacts(tx: Transaction, rows: readonly LeadRow[], needs: Needs): Promise<FoundLead[]> {
  const found: FoundLead[] = []
  for (let start = 0; start < rows.length; start += atOnce) {
    const some = rows.slice(start, start + atOnce)
    const facts = await Promise.all(some.map((lead) => loadFacts(tx, lead, needs)))
    found.push(
      ...some.flatMap((lead, index) => {
        const own = facts[index]
        return own === undefined ? [] : [{ lead, facts: fromFacts(own) }]
      }),
    )
  }
  return found
}
