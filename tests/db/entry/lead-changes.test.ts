import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { leads, leadTags, stageChanges } from '#db/schema/leads.ts'
import {
  aLibrary,
  aLiveJourney,
  aWaitingEnrollment,
  countingDatabaseOf,
  countRows,
  entriesInto,
  someLeads,
  takeInputs,
  useDatabase,
} from './entry-database.ts'

const db = useDatabase()
const countingDatabase = (onStatement: () => void) => countingDatabaseOf(db(), onStatement)
const library = aLibrary()
const change = (changes: LeadChange[], more: { skipWaiting?: boolean; at?: number } = {}) =>
  db().transaction((tx) => applyLeadChanges(tx, changes, { library, actor: 'tester', ...more }))

describe('applyLeadChanges()', () => {
  test('writes fields, folded text, tags and history together', async () => {
    const [leadId = ''] = await someLeads(db(), [{ email: 'Zoë@Example.com' }])
    const result = await change([
      { leadId, kind: 'set_field', field: 'first_name', value: 'ZOË' },
      { leadId, kind: 'set_field', field: 'topic', value: 'Solar' },
      { leadId, kind: 'set_field', field: 'employees', value: 12 },
      { leadId, kind: 'set_stage', stage: 'engaged', reason: 'Asked for a demo.' },
      { leadId, kind: 'add_score', delta: 5 },
      { leadId, kind: 'add_tag', tag: 'vip' },
    ])
    expect(result.refused).toEqual([])
    const [lead] = await db().select().from(leads).where(eq(leads.id, leadId))
    expect(lead).toMatchObject({
      firstName: 'ZOË',
      stage: 'engaged',
      score: 5,
      fields: { topic: 'Solar', employees: 12 },
    })
    expect(lead?.folded).toEqual({ email: 'zoë@example.com', first_name: 'zoë', topic: 'solar' })
    const history = await db().select().from(stageChanges).where(eq(stageChanges.leadId, leadId))
    expect(history).toMatchObject([
      { kind: 'stage', fromValue: 'new', toValue: 'engaged', reason: 'Asked for a demo.', actor: 'tester' },
    ])
    expect(await db().select().from(leadTags).where(eq(leadTags.leadId, leadId))).toMatchObject([{ tag: 'vip' }])
  })

  test('a change to the value that is there is none', async () => {
    const [leadId = ''] = await someLeads(db(), [{ fields: { city: 'Lyon' }, tags: ['vip'] }])
    const journeyId = await aLiveJourney(db(), [{ kind: 'tag_added', tag: 'vip' }])
    await aWaitingEnrollment(db(), leadId, journeyId, ['field:city', 'tag:vip', 'field:stage'])
    const result = await change([
      { leadId, kind: 'set_field', field: 'city', value: 'Lyon' },
      { leadId, kind: 'add_tag', tag: 'vip' },
      { leadId, kind: 'set_stage', stage: 'new' },
      { leadId, kind: 'add_score', delta: 0 },
    ])
    expect(result).toEqual({ leadIds: [], inputs: 0, changedLeadIds: [], refused: [] })
    expect(await takeInputs(db())).toEqual([])
  })

  test('wakes exactly those who wait on what changed', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
    const ids = await someLeads(db(), [{}, {}, {}, {}])
    const [onCity = '', onStage = '', onCityToo = '', paused = ''] = ids
    await aWaitingEnrollment(db(), onCity, journeyId, ['field:city', 'event:downloaded'])
    await aWaitingEnrollment(db(), onStage, journeyId, ['field:stage'])
    await aWaitingEnrollment(db(), onCityToo, journeyId, ['field:city'])
    const held = await aWaitingEnrollment(db(), paused, journeyId, ['field:city'])
    await db().execute(sql`update enrollments set status = 'paused' where id = ${held}`)
    const result = await change(ids.map((leadId) => ({ leadId, kind: 'set_field', field: 'city', value: 'Nice' })))
    expect(result.leadIds).toEqual([onCity, onCityToo].sort())
    expect(await countRows(db(), 'lead_pokes')).toBe(2)
    const inputs = await takeInputs(db())
    expect(inputs.map((input) => [input.leadId, input.kind, input.payload])).toEqual(
      [onCity, onCityToo].sort().map((leadId) => [leadId, 'fact', { keys: ['field:city'] }]),
    )
  })

  test('inside a turn it fires triggers but does not wake the enrollments the turn itself runs', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'stage_changed', to: ['customer'] }])
    const [leadId = ''] = await someLeads(db(), [{}])
    await aWaitingEnrollment(db(), leadId, journeyId, ['field:stage'])
    await change([{ leadId, kind: 'set_stage', stage: 'customer' }], { skipWaiting: true })
    const inputs = await takeInputs(db())
    expect(inputs.map((input) => input.kind)).toEqual(['enroll'])
    expect(entriesInto(inputs, journeyId)).toEqual([`${leadId} t1`])
  })

  test('stage, attention, score and tag triggers fire once, for the right change and lead', async () => {
    const journeyId = await aLiveJourney(db(), [
      { kind: 'stage_changed', from: ['new'], to: ['engaged'] },
      { kind: 'attention_changed', to: ['hot'] },
      { kind: 'score_crossed', threshold: 10, direction: 'up' },
      { kind: 'score_crossed', threshold: 3, direction: 'down' },
      { kind: 'tag_added', tag: 'spring' },
    ])
    const [one = '', two = '', bystander = ''] = await someLeads(db(), [{}, { score: 12 }, {}])
    await change([
      { leadId: one, kind: 'set_stage', stage: 'engaged' },
      { leadId: one, kind: 'set_attention', attention: 'hot' },
      { leadId: one, kind: 'add_score', delta: 10 },
      { leadId: one, kind: 'add_tag', tag: 'spring' },
      { leadId: two, kind: 'set_stage', stage: 'lost' },
      { leadId: two, kind: 'set_attention', attention: 'warm' },
      { leadId: two, kind: 'add_score', delta: -9 },
      { leadId: two, kind: 'add_tag', tag: 'autumn' },
      { leadId: bystander, kind: 'set_field', field: 'city', value: 'Rome' },
    ])
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual(
      [`${one} t1`, `${one} t2`, `${one} t3`, `${one} t5`, `${two} t4`].sort(),
    )
    expect(inputs).toHaveLength(5)
    expect(new Set(inputs.map((input) => input.payload['entryKey'])).size).toBe(5)
    // Above the threshold already: more of the same is no crossing.
    await change([{ leadId: one, kind: 'add_score', delta: 10 }])
    expect(await takeInputs(db())).toEqual([])
  })

  test('"segment entered" fires when a lead begins to match, again only after it had left', async () => {
    const segment = { kind: 'compare', field: 'city', op: 'is', value: 'Oslo' }
    const [early = '', late = '', other = ''] = await someLeads(db(), [{ fields: { city: 'Oslo' } }, {}, {}])
    const journeyId = await aLiveJourney(db(), [{ kind: 'segment_entered', segment }])
    const move = (leadId: string, city: string) =>
      change([{ leadId, kind: 'set_field', field: 'city', value: city }]).then(() => takeInputs(db()))
    expect(entriesInto(await move(late, 'OSLO'), journeyId)).toEqual([`${late} t1`])
    expect(await move(other, 'Bergen')).toEqual([])
    // Who matched when the journey went live did not "enter"; nor does who goes on matching.
    await change([{ leadId: early, kind: 'set_field', field: 'company', value: 'X' }])
    expect(await takeInputs(db())).toEqual([])
    expect(await move(late, 'Bergen')).toEqual([])
    expect(entriesInto(await move(late, 'Oslo'), journeyId)).toEqual([`${late} t1`])
  })

  test('a paused journey lets nobody in', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'tag_added', tag: 'paused-test' }])
    await db().execute(sql`update journeys set status = 'paused' where id = ${journeyId}`)
    const [leadId = ''] = await someLeads(db(), [{}])
    await change([{ leadId, kind: 'add_tag', tag: 'paused-test' }])
    expect(await takeInputs(db())).toEqual([])
  })

  test('refuses what cannot be written, with the reason, and makes the other changes', async () => {
    const [one = '', two = ''] = await someLeads(db(), [{ email: 'a@example.com' }, { email: 'b@example.com' }])
    const result = await change([
      { leadId: one, kind: 'set_field', field: 'nonsense', value: 'x' },
      { leadId: one, kind: 'set_field', field: 'employees', value: 'many' },
      { leadId: one, kind: 'set_field', field: 'email', value: 'B@example.com' },
      { leadId: one, kind: 'set_field', field: 'city', value: 'Graz' },
      { leadId: '00000000-0000-7000-8000-000000000000', kind: 'add_tag', tag: 'x' },
    ])
    expect(result.refused.map((refused) => refused.field ?? refused.leadId).sort()).toEqual(
      ['00000000-0000-7000-8000-000000000000', 'email', 'employees', 'nonsense'].sort(),
    )
    expect(result.refused.find((refused) => refused.field === 'email')?.message).toContain(two)
    const [lead] = await db().select().from(leads).where(eq(leads.id, one))
    expect(lead).toMatchObject({
      email: 'a@example.com',
      city: 'Graz',
      folded: { email: 'a@example.com', city: 'graz' },
    })
  })

  test('a changed address finds the lead from then on', async () => {
    const [leadId = ''] = await someLeads(db(), [{ email: 'old@example.com' }])
    await change([{ leadId, kind: 'set_field', field: 'email', value: 'New@Example.com' }])
    const [again] = await someLeads(db(), [{ email: 'new@example.com' }])
    expect(again).toBe(leadId)
  })

  test('two bulk writers over the same leads, in opposite order, both finish', async () => {
    const ids = await someLeads(
      db(),
      Array.from({ length: 200 }, () => ({})),
    )
    const tagAll = (tag: string, order: string[]) => change(order.map((leadId) => ({ leadId, kind: 'add_tag', tag })))
    await Promise.all([tagAll('one', ids), tagAll('two', ids.toReversed()), tagAll('three', ids)])
    expect(
      await countRows(
        db(),
        'lead_tags',
        sql`tag in ('one', 'two', 'three') and lead_id = any(${`{${ids.join(',')}}`}::uuid[])`,
      ),
    ).toBe(600)
  })

  test('10,000 leads in one call: one input for each that waits, in bounded statements', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'tag_added', tag: 'bulk' }])
    const ids = await someLeads(
      db(),
      Array.from({ length: 10_000 }, () => ({})),
    )
    for (const leadId of ids.slice(0, 100)) await aWaitingEnrollment(db(), leadId, journeyId, ['tag:bulk'])
    let statements = 0
    const counting = countingDatabase(() => {
      statements += 1
    })
    const changes = ids.map((leadId): LeadChange => ({ leadId, kind: 'add_tag', tag: 'bulk' }))
    const result = await counting.transaction((tx) => applyLeadChanges(tx, changes, { library, actor: 'tester' }))
    expect(result.changedLeadIds).toHaveLength(10_000)
    expect(result.inputs).toBe(10_100)
    // Per 1,000 leads: lock, tags, who waits, triggers, the entry guard (2), inputs, pokes.
    expect(statements).toBeGreaterThan(10)
    expect(statements).toBeLessThanOrEqual(80)
    const inputs = await takeInputs(db())
    expect(inputs.filter((input) => input.kind === 'fact')).toHaveLength(100)
    expect(entriesInto(inputs, journeyId)).toHaveLength(10_000)
  })
})
