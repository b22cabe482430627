import { eq, inArray, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { newId } from '#db/ids.ts'
import { upsertLeads, type IncomingLead, type UpsertOptions } from '#db/repositories/upsert-leads.ts'
import { leadIdentities, leads, stageChanges } from '#db/schema/leads.ts'
import { aLibrary, aLiveJourney, countRows, entriesInto, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const upsert = (rows: IncomingLead[], options: Partial<UpsertOptions> = {}) =>
  db().transaction((tx) => upsertLeads(tx, rows, { library, actor: 'import:1', ...options }))

describe('upsertLeads()', () => {
  test('creates whole leads, and updates them by any identity', async () => {
    const created = await upsert([
      {
        email: 'Ann@Example.com',
        externalId: 'a-1',
        fields: { first_name: 'Ann', topic: 'Solar' },
        tags: ['vip'],
        stage: 'engaged',
        score: 7,
      },
      { fields: { company: 'Nameless' } },
    ])
    expect(created.rows.map((row) => row.outcome)).toEqual(['created', 'created'])
    const leadId = created.rows[0]?.leadId ?? ''
    const [lead] = await db().select().from(leads).where(eq(leads.id, leadId))
    expect(lead).toMatchObject({ email: 'Ann@Example.com', firstName: 'Ann', stage: 'engaged', score: 7 })
    expect(lead?.folded).toEqual({ email: 'ann@example.com', first_name: 'ann', topic: 'solar' })
    // A beginning is no change.
    expect(await db().select().from(stageChanges).where(eq(stageChanges.leadId, leadId))).toEqual([])

    const again = await upsert([
      { externalId: 'a-1', fields: { city: 'Lyon' } },
      { email: 'ANN@example.com', fields: { first_name: 'Ann' } },
      { email: 'ann@example.com', anonymousId: 'cookie', stage: 'customer' },
    ])
    expect(again.rows.map((row) => [row.leadId, row.outcome])).toEqual([
      [leadId, 'updated'],
      [leadId, 'updated'],
      [leadId, 'updated'],
    ])
    const identities = await db().select().from(leadIdentities).where(eq(leadIdentities.leadId, leadId))
    expect(identities.map((row) => row.kind).sort()).toEqual(['anonymous_id', 'email', 'external_id'])
    expect(await db().select().from(stageChanges).where(eq(stageChanges.leadId, leadId))).toHaveLength(1)
  })

  test('a second run of the same rows creates nobody and changes nothing', async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => ({
      email: `bulk-${String(n)}@example.com`,
      fields: { city: 'Oslo', employees: n },
    }))
    const first = await upsert(rows)
    const second = await upsert(rows)
    expect(first.rows.every((row) => row.outcome === 'created')).toBe(true)
    expect(second.rows.every((row) => row.outcome === 'unchanged')).toBe(true)
    expect(second.rows.map((row) => row.leadId)).toEqual(first.rows.map((row) => row.leadId))
  })

  test('rows of one person in one call become one lead', async () => {
    const { rows } = await upsert([
      { email: 'twice@example.com', fields: { city: 'Bern' } },
      { email: 'Twice@example.com', externalId: 't-1', fields: { company: 'T' } },
      { externalId: 't-1', tags: ['x'] },
    ])
    expect(new Set(rows.map((row) => row.leadId)).size).toBe(1)
    const [lead] = await db()
      .select()
      .from(leads)
      .where(eq(leads.id, rows[0]?.leadId ?? ''))
    expect(lead).toMatchObject({ city: 'Bern', company: 'T' })
  })

  test('identities of two leads in one row are refused, naming both', async () => {
    const { rows } = await upsert([{ email: 'left@example.com' }, { externalId: 'right' }])
    const clash = await upsert([{ email: 'left@example.com', externalId: 'right', fields: { city: 'X' } }])
    expect(clash.rows[0]).toMatchObject({ leadId: null, outcome: 'refused' })
    for (const row of rows) expect(clash.rows[0]?.message).toContain(row.leadId)
  })

  test('many writers of the same new person at once make one lead', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        upsert([{ email: 'race@example.com', fields: { company: `C${String(n)}` } }]),
      ),
    )
    const ids = new Set(results.map((result) => result.rows[0]?.leadId))
    expect(ids.size).toBe(1)
    expect(results.filter((result) => result.rows[0]?.outcome === 'created')).toHaveLength(1)
    expect(await countRows(db(), 'leads', sql`folded->>'email' = 'race@example.com'`)).toBe(1)
  })

  test('a test lead made from a real person never answers to that address', async () => {
    const clock = { realStart: 0, virtualStart: 0, speed: 60 }
    const [real] = (await upsert([{ email: 'real@example.com' }])).rows
    const [probe] = (await upsert([{ email: 'real@example.com', test: { runId: newId(), clock } }])).rows
    expect(probe?.leadId).not.toBe(real?.leadId)
    const [again] = (await upsert([{ email: 'real@example.com', fields: { city: 'Z' } }])).rows
    expect(again?.leadId).toBe(real?.leadId)
  })

  test('an import fires its trigger once per lead, tags theirs, and segments take in whom they fit', async () => {
    const journeyId = await aLiveJourney(db(), [
      { kind: 'import' },
      { kind: 'tag_added', tag: 'fair' },
      { kind: 'segment_entered', segment: { kind: 'not', rule: { kind: 'has_tag', tag: 'fair' } } },
    ])
    const rows = [{ email: 'i1@example.com', tags: ['fair'] }, { email: 'i2@example.com' }]
    const first = await upsert(rows, { importKey: 'job-1' })
    const [one = '', two = ''] = first.rows.map((row) => row.leadId ?? '')
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual([`${one} t1`, `${one} t2`, `${two} t1`, `${two} t3`].sort())
    await upsert(rows, { importKey: 'job-1' })
    const repeated = await takeInputs(db())
    const keys = new Set(inputs.map((input) => `${input.leadId} ${input.payload['entryKey'] as string}`))
    expect(repeated.every((input) => keys.has(`${input.leadId} ${input.payload['entryKey'] as string}`))).toBe(true)
  })

  test('history can be loaded without anybody entering, now or at the next unrelated change', async () => {
    const segment = { kind: 'compare', field: 'city', op: 'is', value: 'Porto' }
    const journeyId = await aLiveJourney(db(), [{ kind: 'segment_entered', segment }])
    const rows = [{ email: 'quiet@example.com', fields: { city: 'Porto' } }]
    await upsert(rows, { enroll: false })
    expect(await takeInputs(db())).toEqual([])
    await upsert([{ email: 'quiet@example.com', fields: { city: 'porto' } }])
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([])
  })

  test('known leads can be left as they are', async () => {
    const [known] = (await upsert([{ email: 'known@example.com', fields: { city: 'Old' } }])).rows
    const result = await upsert(
      [{ email: 'known@example.com', fields: { city: 'New' } }, { email: 'fresh@example.com' }],
      { onExisting: 'skip' },
    )
    expect(result.rows.map((row) => row.outcome)).toEqual(['skipped', 'created'])
    const found = await db()
      .select()
      .from(leads)
      .where(inArray(leads.id, [known?.leadId ?? '']))
    expect(found[0]?.city).toBe('Old')
  })
})
