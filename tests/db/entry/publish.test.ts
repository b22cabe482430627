import { and, eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { JourneyFileInput } from '#engine/graph/journey-file.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { exportJourney, importJourneyFile } from '#activities/journeys/journey-files.ts'
import { countExistingMatches, publishJourney } from '#activities/journeys/publish.ts'
import { archiveJourney, pauseJourney, resumeJourney } from '#activities/journeys/status.ts'
import { sweepTriggers } from '#activities/entry/trigger-sweep.ts'
import type { EntrySchedules } from '#activities/entry/schedules.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { createLibraryCache, readLibrary } from '#db/repositories/library.ts'
import { triggerMembers } from '#db/schema/inputs.ts'
import { journeys, journeyTriggers, journeyVersions, sweeps } from '#db/schema/journeys.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { aWaitingEnrollment, countRows, entriesInto, someLeads, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()
const registry = createStepRegistry()

interface RecordedSchedules extends EntrySchedules {
  synced: string[]
  started: string[]
}
function recordSchedules(): RecordedSchedules {
  const synced: string[] = []
  const started: string[] = []
  return {
    synced,
    started,
    sync: (id) => Promise.resolve(void synced.push(id)),
    startSweep: (id) => Promise.resolve(void started.push(id)),
    startMove: () => Promise.resolve(),
    startPublication: () => Promise.resolve(),
    ensure: () => Promise.resolve({ schedules: 0, removed: 0 }),
  }
}
const poked: string[] = []
const poker = {
  poke: (ids: readonly string[]) => {
    poked.push(...ids)
    return Promise.resolve({ failed: 0 })
  },
}

const inCity = (city: string) => ({ kind: 'compare', field: 'city', op: 'is', value: city })

function aFile(key: string, triggers: object[], more: { steps?: string; entry?: object } = {}): JourneyFileInput {
  return {
    format: 1,
    key,
    name: `Journey ${key}`,
    graph: {
      format: 1,
      nodes: [
        { id: 'start', type: 'entry', config: { triggers, ...more.entry } },
        { id: 'tag', type: more.steps ?? 'add_tag', config: { tag: 'welcomed' } },
        { id: 'end', type: 'exit', config: {} },
      ],
      edges: [
        { from: 'start', port: 'next', to: 'tag' },
        { from: 'tag', port: 'next', to: 'end' },
      ],
    },
  }
}

async function bringIn(file: JourneyFileInput): Promise<string> {
  const result = await importJourneyFile({ db: db() }, file, { actor: 'owner' })
  if (!result.imported) throw new Error(JSON.stringify(result.issues))
  return result.journeyId
}
const publish = (journey: string, more: { enrolExisting?: boolean; schedules?: EntrySchedules } = {}) =>
  publishJourney(
    { db: db(), registry, schedules: more.schedules ?? null },
    {
      journey,
      actor: 'owner',
      note: 'first',
      ...(more.enrolExisting === undefined ? {} : { enrolExisting: more.enrolExisting }),
    },
  )

describe('publishJourney()', () => {
  test('writes an immutable version, makes it live, flattens its triggers, audits', async () => {
    const journeyId = await bringIn(
      aFile('welcome', [
        { id: 'a', kind: 'event', event: 'signed_up' },
        { id: 'b', kind: 'segment_entered', segment: inCity('Kiel') },
        { id: 'c', kind: 'schedule', days: ['fri'], time: '09:00', zone: 'Europe/Berlin', segment: inCity('Kiel') },
      ]),
    )
    const schedules = recordSchedules()
    const result = await publish('welcome', { schedules })
    expect(result).toMatchObject({ published: true, journeyId, version: 1, isNew: true })
    expect(schedules.synced).toEqual([journeyId])
    const [journey] = await db().select().from(journeys).where(eq(journeys.id, journeyId))
    expect(journey).toMatchObject({ status: 'live', liveVersion: 1 })
    const [version] = await db().select().from(journeyVersions).where(eq(journeyVersions.journeyId, journeyId))
    expect(version).toMatchObject({ version: 1, note: 'first', publishedBy: 'owner' })
    expect(version?.hash).toMatch(/^[0-9a-f]{64}$/)
    const triggers = await db().select().from(journeyTriggers).where(eq(journeyTriggers.journeyId, journeyId))
    expect(triggers.map((row) => [row.triggerId, row.kind, row.subject, row.dependsOn])).toEqual([
      ['a', 'event', 'signed_up', []],
      ['b', 'segment_entered', '', ['field:city']],
      ['c', 'schedule', '', []],
    ])
    const audit = await db().select().from(auditLog).where(eq(auditLog.subjectId, journeyId))
    expect(audit.map((row) => [row.action, row.actor])).toEqual([
      ['journey.import', 'owner'],
      ['journey.publish', 'owner'],
    ])
  })

  test('the same definition again is no new version; a changed one is the next, and the old stays as it was', async () => {
    const journeyId = await bringIn(aFile('again', [{ id: 'a', kind: 'manual' }]))
    const first = await publish('again')
    expect(await publish(journeyId)).toMatchObject({ published: true, version: 1, isNew: false })
    await bringIn(
      aFile('again', [
        { id: 'a', kind: 'manual' },
        { id: 'b', kind: 'import' },
      ]),
    )
    expect(await publish('again')).toMatchObject({ published: true, version: 2, isNew: true })
    const [old] = await db()
      .select()
      .from(journeyVersions)
      .where(and(eq(journeyVersions.journeyId, journeyId), eq(journeyVersions.version, 1)))
    expect(old?.hash).toBe(first.published ? first.hash : '')
    expect(old?.definition.triggers).toHaveLength(1)
  })

  test('refuses a draft with errors, naming each, and changes nothing', async () => {
    const journeyId = await bringIn(aFile('broken', [{ id: 'a', kind: 'manual' }], { steps: 'no_such_step' }))
    const result = await publish('broken')
    expect(result.published).toBe(false)
    expect(result.issues.map((issue) => [issue.code, issue.nodeId])).toContainEqual(['STEP_TYPE_UNKNOWN', 'tag'])
    const [journey] = await db().select().from(journeys).where(eq(journeys.id, journeyId))
    expect(journey).toMatchObject({ status: 'draft', liveVersion: null })
    expect(await countRows(db(), 'journey_versions', sql`journey_id = ${journeyId}`)).toBe(0)
    await expect(publish('nowhere')).rejects.toThrow('There is no journey "nowhere"')
  })

  test('"enrol those who already match?": counts them first, then sweeps exactly them', async () => {
    await someLeads(db(), [{ fields: { city: 'Ulm' } }, { fields: { city: 'ulm' } }, { fields: { city: 'Bonn' } }])
    const file = aFile('existing', [{ id: 's', kind: 'segment_entered', segment: inCity('Ulm') }])
    const journeyId = await bringIn(file)
    expect(await countExistingMatches({ db: db(), registry }, 'existing')).toBe(2)
    const schedules = recordSchedules()
    const result = await publish('existing', { enrolExisting: true, schedules })
    const found = await db().select().from(sweeps).where(eq(sweeps.journeyId, journeyId))
    expect(found.map((sweep) => [sweep.triggerId, sweep.status])).toEqual([['s', 'running']])
    expect(schedules.started).toEqual(result.published ? result.sweeps : [])
    expect(schedules.started).toHaveLength(1)
    // They are members already, so that they do not "enter" a second time.
    expect(await countRows(db(), 'trigger_members', sql`trigger_key = ${`${journeyId}:s`}`)).toBe(2)
  })

  test('the entry step can say so itself, for its first publishing only', async () => {
    const entry = { enrolExisting: true }
    const journeyId = await bringIn(
      aFile('by-itself', [{ id: 's', kind: 'segment_entered', segment: inCity('Ulm') }], { entry }),
    )
    await publish('by-itself')
    expect(await countRows(db(), 'sweeps', sql`journey_id = ${journeyId}`)).toBe(1)
    const changed = [{ id: 's', kind: 'segment_entered', segment: inCity('Bonn') }]
    await bringIn(aFile('by-itself', changed, { entry }))
    await publish('by-itself')
    expect(await countRows(db(), 'sweeps', sql`journey_id = ${journeyId}`)).toBe(1)
    // The changed segment begins with those who match it now; a trigger that is gone is forgotten.
    expect(await countRows(db(), 'trigger_members', sql`trigger_key = ${`${journeyId}:s`}`)).toBe(1)
    await bringIn(aFile('by-itself', [{ id: 'm', kind: 'manual' }]))
    await publish('by-itself')
    const members = await db()
      .select()
      .from(triggerMembers)
      .where(eq(triggerMembers.triggerKey, `${journeyId}:s`))
    expect(members).toEqual([])
  })
})

describe('pausing, resuming, archiving', () => {
  test('resuming wakes who was held, and lets in who began to match meanwhile', async () => {
    const journeyId = await bringIn(aFile('held', [{ id: 's', kind: 'segment_entered', segment: inCity('Jena') }]))
    await publish('held')
    const libraries = createLibraryCache()
    await sweepTriggers({ db: db(), poker, libraries })
    const [inside = '', newcomer = '', waiting = ''] = await someLeads(db(), [{}, {}, {}])
    await aWaitingEnrollment(db(), inside, journeyId, [])
    const deps = { db: db(), schedules: recordSchedules(), poker }
    await pauseJourney(deps, { journey: 'held', actor: 'owner' })
    await db().transaction(async (tx) =>
      applyLeadChanges(tx, [{ leadId: newcomer, kind: 'set_field', field: 'city', value: 'Jena' }], {
        library: await readLibrary(tx),
        actor: 'test',
      }),
    )
    await db().execute(sql`
      insert into lead_inputs (lead_id, kind, payload, at)
      values (${waiting}, 'enroll', ${`{"journeyId":"${journeyId}","triggerId":"m","entryKey":"x"}`}::text::jsonb, now())`)
    poked.length = 0
    await resumeJourney(deps, { journey: 'held', actor: 'owner' })
    expect(poked.toSorted()).toEqual([inside, waiting].toSorted())
    await takeInputs(db())
    await sweepTriggers({ db: db(), poker, libraries })
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${newcomer} s`])
    expect(deps.schedules.synced).toEqual([journeyId, journeyId])
    await expect(resumeJourney(deps, { journey: 'nowhere', actor: 'owner' })).rejects.toThrow('nowhere')
  })

  test('a journey with leads in it is archived only with their exit', async () => {
    const journeyId = await bringIn(aFile('old', [{ id: 's', kind: 'segment_entered', segment: inCity('Jena') }]))
    await publish('old')
    const [inside = ''] = await someLeads(db(), [{}])
    await aWaitingEnrollment(db(), inside, journeyId, [])
    const deps = { db: db(), schedules: recordSchedules(), poker }
    const request = { journey: 'old', actor: 'owner' }
    await expect(archiveJourney(deps, request)).rejects.toThrow('1 leads are still in journey "old"')
    expect(await archiveJourney(deps, { ...request, exitLeads: true })).toEqual({ journeyId, exited: 1 })
    expect((await takeInputs(db())).map((input) => [input.leadId, input.kind, input.payload['action']])).toEqual([
      [inside, 'control', 'exit'],
    ])
    expect(await countRows(db(), 'journey_triggers', sql`journey_id = ${journeyId}`)).toBe(0)
    expect(await countRows(db(), 'trigger_members', sql`trigger_key like ${`${journeyId}:%`}`)).toBe(0)
  })
})

describe('journey files', () => {
  test('what is imported comes out again, with everything it names and nothing else', async () => {
    const file = aFile('files', [
      { id: 's', kind: 'segment_entered', segment: { kind: 'in_segment', segment: 'solar' } },
    ])
    const resources = {
      fields: [
        { key: 'topic', label: 'Topic', type: 'text' as const },
        { key: 'nickname', label: 'Nickname', type: 'text' as const },
      ],
      segments: [
        {
          key: 'solar',
          name: 'Sunny ones',
          rule: { kind: 'compare', field: 'topic', op: 'is', value: 'Solar' } as const,
        },
      ],
      assets: [{ key: 'guide', title: 'Guide', url: 'https://example.com/guide' }],
      pools: [{ key: 'drip', name: 'Drip', assets: ['guide'] }],
    }
    file.graph.nodes.push({ id: 'mail', type: 'send_email', config: { body: 'Hi {{ lead.nickname }}', from: 'drip' } })
    await bringIn({ ...file, resources })
    await bringIn({
      ...aFile('other', [{ id: 'm', kind: 'manual' }]),
      resources: { assets: [{ key: 'unrelated', title: 'U', url: 'u' }] },
    })
    const exported = await exportJourney(db(), 'files')
    expect(exported.resources.fields.map((field) => field.key)).toEqual(['nickname', 'topic'])
    expect(exported.resources.segments).toEqual(resources.segments)
    expect(exported.resources.pools).toEqual(resources.pools)
    expect(exported.resources.assets.map((asset) => asset.key)).toEqual(['guide'])
    expect(exported.graph.nodes.map((node) => node.id)).toEqual(['start', 'tag', 'end', 'mail'])
    await importJourneyFile({ db: db() }, exported, { actor: 'owner' })
    expect(await exportJourney(db(), 'files')).toEqual(exported)
  })

  test('what a live journey uses is replaced only on purpose, and never by what cannot be evaluated', async () => {
    const segment = (key: string, rule: object) => ({ key, name: 'Regulars', rule }) as never
    const trigger = { id: 'a', kind: 'segment_entered', segment: { kind: 'in_segment', segment: 'regulars' } }
    const file = { ...aFile('regular', [trigger]), resources: { segments: [segment('regulars', inCity('Kiel'))] } }
    await bringIn(file)
    await publish('regular')
    const rule = async () => (await readLibrary(db())).segments['regulars']

    // The same again, and what nobody uses, may come.
    await bringIn(file)
    await bringIn({ ...aFile('irregular', [trigger]), resources: { segments: [segment('unused', inCity('Ulm'))] } })
    await bringIn({ ...aFile('irregular', [trigger]), resources: { segments: [segment('unused', inCity('Bonn'))] } })

    const other = { ...aFile('irregular', [trigger]), resources: { segments: [segment('regulars', inCity('Ulm'))] } }
    const refused = await importJourneyFile({ db: db() }, other, { actor: 'owner' })
    expect(refused).toMatchObject({
      imported: false,
      issues: [{ code: 'RESOURCE_IN_USE', path: ['resources', 'segments', 0] }],
    })
    expect(refused.issues[0]?.message).toContain('"regular"')
    expect(await rule()).toEqual(inCity('Kiel'))
    const replaced = await importJourneyFile({ db: db() }, other, { actor: 'owner', replaceResources: true })
    expect(replaced.imported).toBe(true)
    expect(await rule()).toEqual(inCity('Ulm'))

    const broken = segment('regulars', { kind: 'compare', field: 'no_such_field', op: 'is', value: 'x' })
    const asked = { actor: 'owner', replaceResources: true }
    const invalid = await importJourneyFile({ db: db() }, { ...file, resources: { segments: [broken] } }, asked)
    expect(invalid).toMatchObject({ imported: false, issues: [{ code: 'FIELD_UNKNOWN' }] })
    expect(await rule()).toEqual(inCity('Ulm'))
  })

  test('a broken file changes nothing; a field never changes its type', async () => {
    const broken = await importJourneyFile({ db: db() }, { format: 1, key: 'X Y' }, { actor: 'owner' })
    expect(broken.imported).toBe(false)
    const file = aFile('types', [{ id: 'm', kind: 'manual' }])
    await bringIn({ ...file, resources: { fields: [{ key: 'plan', label: 'Plan', type: 'text' }] } })
    const clash = {
      ...file,
      key: 'types-2',
      resources: { fields: [{ key: 'plan', label: 'Plan', type: 'number' as const }] },
    }
    await expect(bringIn(clash)).rejects.toThrow('"plan" is of type "text"')
    expect(await countRows(db(), 'journeys', sql`key = 'types-2'`)).toBe(0)
  })
})
