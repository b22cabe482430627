// Whom a rule means, through the API: numbers held against queries written by hand, reasons against the evaluator's own,
// and a count that stops when nobody waits. Segments: written, used, not deleted while used.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq, inArray, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '#activities/access/api-keys.ts'
import { matchRule } from '#activities/rules/match-rule.ts'
import { isQueryCanceled } from '#db/errors.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readWhileWanted } from '#db/rules/read-while-wanted.ts'
import { leads, leadTags } from '#db/schema/leads.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { addLeads } from '../support/seed-world.ts'
import { audited } from './support/company.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let ids: string[]

beforeAll(async () => {
  app = await createTestApp()
  const { db } = app.database
  ids = await addLeads(
    db,
    Array.from({ length: 40 }, (_, index) => `Lead${String(index)} Tester`),
  )
  for (const [index, id] of ids.entries()) {
    await db
      .update(leads)
      .set({
        score: index * 2,
        stage: index < 10 ? 'engaged' : 'new',
        ...(index < 4 ? { title: 'CEO', folded: sql`${leads.folded} || '{"title": "ceo"}'` } : {}),
      })
      .where(eq(leads.id, id))
    if (index % 3 === 0) await db.insert(leadTags).values({ leadId: id, tag: 'hvac' })
  }
  await db.transaction((tx) =>
    saveResources(tx, { segments: [{ key: 'warm', name: 'Warm leads', rule: atLeast(60) }] }),
  )
})

afterAll(() => app?.close())

function atLeast(value: number): Rule {
  return { kind: 'compare', field: 'score', op: 'gte', value }
}
const tagged: Rule = { kind: 'has_tag', tag: 'hvac' }

interface Answer {
  matching: number
  total: number
  left: number | null
  reaching: number | null
  isEstimate: boolean
  sentence: string
  sample: {
    lead: { id: string }
    value: boolean
    trace: { value: boolean; children?: { value: boolean; saw?: unknown }[] }
  }[]
  warnings: { code: string; path: (string | number)[]; message: string; leads?: number; above?: number }[]
  byStage: { stage: string; leads: number }[]
}

async function ask(body: object): Promise<Answer> {
  const { body: answer } = await app.request.post('/api/v1/rules/match').send(body).expect(200)
  return answer as Answer
}

describe('whom a rule means', () => {
  test('the count is that of a query written by hand, and the sample says why, condition by condition', async () => {
    const rule: Rule = {
      kind: 'all',
      rules: [atLeast(50), tagged, { kind: 'not', rule: { kind: 'in_segment', segment: 'warm' } }],
    }
    const answer = await ask({ rule, byStage: true })
    const [byHand] = await app.database.db.execute<{ n: number }>(sql`
      select count(*)::int as n from leads l
      where score >= 50 and not is_test and exists (select 1 from lead_tags t where t.lead_id = l.id and t.tag = 'hvac')
        and not (score >= 60)`)
    expect(answer.matching).toBe(byHand?.n)
    expect(answer).toMatchObject({ total: 40, isEstimate: false, left: null, reaching: null })
    expect(answer.sentence).toBe('Score is at least 50 and has the tag "hvac" and not (is in the segment "warm")')
    expect(answer.byStage.reduce((sum, { leads: count }) => sum + count, 0)).toBe(answer.matching)

    // Ids of both kinds, three who match at most and two who do not; each judged as the query judges it.
    expect(answer.sample.map(({ value }) => value)).toEqual([
      ...Array.from({ length: Math.min(answer.matching, 3) }, () => true),
      false,
      false,
    ])
    for (const { lead, value, trace } of answer.sample) {
      const score = ids.indexOf(lead.id) * 2
      expect(trace.value).toBe(value)
      expect(trace.children?.map((child) => child.value)).toEqual([
        score >= 50,
        ids.indexOf(lead.id) % 3 === 0,
        !(score >= 60),
      ])
      expect(trace.children?.[0]?.saw).toBe(score)
    }
  })

  test('a key without a right to leads gets the numbers, and no lead', async () => {
    const wanted = { name: 'Numbers', kind: 'secret', expiresAt: null, actor: 'test' } as const
    const authorizationOf = async (scopes: string[]) => {
      const { key } = await app.database.db.transaction((tx) => createApiKey(tx, { ...wanted, scopes }))
      return `Bearer ${key}`
    }
    const numbers = await authorizationOf(['segments:read'])
    const both = await authorizationOf(['segments:read', 'leads:read'])
    for (const path of ['/api/v1/rules/match', '/api/v1/segments/preview']) {
      const send = async (authorization: string) => {
        const { body } = await app.request
          .post(path)
          .set('authorization', authorization)
          .send({ rule: atLeast(50) })
          .expect(200)
        return body as { sample: unknown[] }
      }
      const [shown, hidden] = [await send(both), await send(numbers)]
      expect(shown.sample.length).toBeGreaterThan(0)
      expect(hidden).toEqual({ ...shown, sample: [] })
    }
  })

  test('only leads that get there are asked, and what the cases above take is told', async () => {
    const answer = await ask({
      rule: atLeast(20),
      among: { kind: 'compare', field: 'stage', op: 'is', value: 'new' },
      above: [tagged, atLeast(70)],
    })
    // Leads 10 … 39 are new, all of them with a score of 20 or more.
    expect(answer).toMatchObject({ matching: 30, total: 30 })
    const above = (index: number) => index % 3 === 0 || index * 2 >= 70
    const newOnes = ids.map((_, index) => index).slice(10)
    expect(answer.left).toBe(newOnes.filter((index) => !above(index)).length)
    expect(answer.reaching).toBe(answer.left)
    expect(answer.sample.length).toBeGreaterThan(0)
    for (const { lead } of answer.sample) expect(above(ids.indexOf(lead.id))).toBe(false)
    const overlaps = answer.warnings.filter(({ code }) => code === 'RULE_OVERLAPS')
    expect(overlaps.map(({ above: which, leads: count }) => [which, count])).toEqual([
      [0, newOnes.filter((index) => index % 3 === 0).length],
      [1, newOnes.filter((index) => index * 2 >= 70).length],
    ])
    expect(answer.warnings.map(({ code }) => code)).toContain('RULE_ALWAYS_TRUE')
  })

  test('warns of rules that mean nobody, of single conditions that mean all or none, and of fields hardly known', async () => {
    const nobody = await ask({ rule: atLeast(1000) })
    expect(nobody.warnings).toEqual([{ code: 'RULE_NEVER_TRUE', path: [], leads: 0, message: 'No lead matches now.' }])

    const odd = await ask({
      rule: {
        kind: 'any',
        rules: [
          { kind: 'compare', field: 'title', op: 'is', value: 'CEO' },
          { kind: 'has_tag', tag: 'nobody has it' },
          { kind: 'not', rule: { kind: 'compare', field: 'city', op: 'is', value: 'Paris' } },
        ],
      },
      sample: { matching: 0, others: 0 },
    })
    expect(odd.sample).toEqual([])
    expect(odd.warnings.map(({ code, path, message }) => [code, path.join('.'), message])).toEqual([
      ['RULE_ALWAYS_TRUE', '', 'Every lead matches now.'],
      ['CONDITION_NEVER_TRUE', 'rules.1', 'No lead meets this condition now.'],
      ['CONDITION_ALWAYS_TRUE', 'rules.2.rule', 'Every lead meets this condition now.'],
      ['FIELD_RARELY_KNOWN', 'rules.0', '“Job title” is known for 10 % of leads.'],
    ])
    const taken = await ask({ rule: atLeast(70), above: [atLeast(60)] })
    expect(taken).toMatchObject({ left: 0, reaching: 30 })
    expect(taken.warnings.map(({ code }) => code)).toContain('RULE_TAKEN_ABOVE')
  })

  test('of a case it warns by who gets there: all of them match, or meet a condition, though not all leads do', async () => {
    const last = await ask({ rule: { kind: 'not', rule: atLeast(40) }, above: [atLeast(40)] })
    expect(last).toMatchObject({ total: 40, matching: 20, left: 20, reaching: 20 })
    expect(last.warnings).toEqual([
      { code: 'RULE_ALWAYS_TRUE', path: [], leads: 20, message: 'Every lead that comes here matches now.' },
    ])
    const half = await ask({
      rule: { kind: 'all', rules: [{ kind: 'not', rule: atLeast(40) }, tagged] },
      above: [atLeast(40)],
    })
    expect(half.warnings.map(({ code, path, message }) => [code, path.join('.'), message])).toEqual([
      ['CONDITION_ALWAYS_TRUE', 'rules.0.rule', 'Every lead that comes here meets this condition now.'],
    ])
    const empty = await ask({
      rule: { kind: 'compare', field: 'title', op: 'is', value: 'CEO' },
      among: atLeast(40),
      above: [tagged],
    })
    expect(empty.warnings.map(({ message }) => message)).toEqual([
      'No lead that comes here matches now.',
      '“Job title” is known for 0 % of leads that come here.',
    ])
  })

  test('what does not fit is refused with its place, in the rule, in the cases above and in the entry', async () => {
    const unknown: Rule = { kind: 'all', rules: [{ kind: 'compare', field: 'shoe_size', op: 'is', value: 4 }] }
    const { body } = await app.request.post('/api/v1/rules/match').send({ rule: unknown }).expect(422)
    expect(body).toMatchObject({
      code: 'RULE_INVALID',
      issues: [{ code: 'FIELD_UNKNOWN', path: ['body', 'rule', 'rules', 0, 'field'] }],
    })
    const above = await app.request
      .post('/api/v1/rules/match')
      .send({ rule: tagged, above: [tagged, unknown] })
      .expect(422)
    expect(above.body).toMatchObject({ issues: [{ path: ['body', 'above', 1, 'rules', 0, 'field'] }] })
    await app.request.post('/api/v1/rules/match').send({ rule: tagged, zone: 'Mars/Olympus' }).expect(422)
  })

  test('a caller who leaves stops the statement in Postgres', async () => {
    const { db } = app.database
    const leaving = new AbortController()
    const slow = readWhileWanted(db, { timeoutMs: 60_000, signal: leaving.signal }, (tx) =>
      tx.execute(sql`select pg_sleep(60)`),
    )
    const ended = slow.then(
      () => 'answered',
      (error: unknown) => isQueryCanceled(error),
    )
    const running = async () => {
      const [row] = await db.execute<{ n: number }>(
        sql`select count(*)::int as n from pg_stat_activity where application_name like 'trellis-read:%' and state = 'active' and datname = current_database()`,
      )
      return row?.n ?? 0
    }
    for (let tries = 0; tries < 100 && (await running()) === 0; tries += 1) await sleep(20)
    expect(await running()).toBe(1)
    leaving.abort()
    expect(await ended).toBe(true)
    expect(await running()).toBe(0)
  })

  test('too long is an answer, too: the timeout of the statement ends it', async () => {
    await expect(
      readWhileWanted(app.database.db, { timeoutMs: 20 }, (tx) => tx.execute(sql`select pg_sleep(5)`)),
    ).rejects.toMatchObject({ cause: { code: '57014' } })
  })
})

test('the vocabulary has fields by source, tags with their leads, built-in events, segments by name', async () => {
  const { body } = await app.request.get('/api/v1/rules/vocabulary').expect(200)
  expect(body.fields.find(({ key }: { key: string }) => key === 'company')).toMatchObject({
    group: 'company',
    type: 'text',
  })
  expect(body.fields.find(({ key }: { key: string }) => key === 'stage').options).toContain('engaged')
  expect(body.tags).toContainEqual({ tag: 'hvac', leads: 14 })
  expect(body.events.map(({ event }: { event: string }) => event)).toContain('downloaded')
  expect(body.segments).toContainEqual({ key: 'warm', name: 'Warm leads' })
})

describe('segments', () => {
  test('written, read, changed, deleted; the audit log has each', async () => {
    const segment = { key: 'ceos', name: 'CEOs', rule: { kind: 'compare', field: 'title', op: 'is', value: 'CEO' } }
    const created = await app.request.put('/api/v1/segments/ceos').send(segment).expect(200)
    expect(created.body).toEqual({ segment, created: true })
    const changed = await app.request
      .put('/api/v1/segments/ceos')
      .send({ ...segment, name: 'Chiefs' })
      .expect(200)
    expect(changed.body).toMatchObject({ created: false })
    const { body } = await app.request.get('/api/v1/segments/ceos').expect(200)
    expect(body).toMatchObject({ name: 'Chiefs', sentence: 'Job title is "CEO"', usedIn: [] })
    await app.request.delete('/api/v1/segments/ceos').expect(200)
    await app.request.get('/api/v1/segments/ceos').expect(404)
    await app.request.delete('/api/v1/segments/ceos').expect(404)
    expect(await audited(app, 'segment', 'ceos')).toEqual(['segment.create', 'segment.update', 'segment.delete'])
  })

  test('one that is used stays, and each place is told: a draft’s step and goal, and another segment', async () => {
    const inWarm: Rule = { kind: 'in_segment', segment: 'warm' }
    await app.request
      .put('/api/v1/segments/warm-hvac')
      .send({ key: 'warm-hvac', name: 'Warm HVAC', rule: { kind: 'all', rules: [inWarm, tagged] } })
      .expect(200)
    const graph = {
      format: 1,
      nodes: [
        { id: 'entry', type: 'entry', config: { triggers: [] } },
        { id: 'ask', type: 'branch', name: 'How warm?', config: { cases: [{ id: 'a', name: 'Warm', when: inWarm }] } },
      ],
      edges: [],
      settings: { goal: inWarm },
    }
    await app.request.post('/api/v1/journeys').send({ key: 'uses-warm', name: 'Uses warm', graph }).expect(201)
    const { body } = await app.request.delete('/api/v1/segments/warm').expect(409)
    expect(body.issues.map(({ message }: { message: string }) => message)).toEqual([
      'The draft of the journey “Uses warm” names it in “How warm?”, “Goal and exits”.',
      'The segment “Warm HVAC” names it.',
    ])
    const list = await app.request.get('/api/v1/segments').expect(200)
    expect(list.body.items.map(({ key, usedIn }: { key: string; usedIn: unknown[] }) => [key, usedIn.length])).toEqual([
      ['warm-hvac', 0],
      ['warm', 2],
    ])
  })

  test('one that would name itself, or a field there is not, is refused with its place', async () => {
    const circle: Rule = { kind: 'in_segment', segment: 'warm-hvac' }
    const { body } = await app.request
      .put('/api/v1/segments/warm')
      .send({ key: 'warm', name: 'Warm leads', rule: circle })
      .expect(422)
    expect(body).toMatchObject({ code: 'RULE_INVALID', issues: [{ code: 'SEGMENT_CYCLE' }] })
    const rule: Rule = { kind: 'not', rule: { kind: 'compare', field: 'nothing', op: 'known' } }
    const bad = await app.request.put('/api/v1/segments/bad').send({ key: 'bad', name: 'Bad', rule }).expect(422)
    expect(bad.body.issues[0].path).toEqual(['body', 'rule', 'rule', 'field'])
    await app.request.put('/api/v1/segments/other').send({ key: 'bad', name: 'Bad', rule: tagged }).expect(422)
  })
})

test('where there are no real leads the largest test run answers, and says so', async () => {
  const { db } = app.database
  const [small = '', large = ''] = [randomUUID(), randomUUID()].toSorted()
  await db.transaction(async (tx) => {
    const mark = (run: string, from: number, until: number) =>
      tx
        .update(leads)
        .set({ isTest: true, testRunId: run })
        .where(inArray(leads.id, ids.slice(from, until)))
    await mark(small, 0, 10)
    await mark(large, 10, 40)
  })
  const answer = await ask({ rule: atLeast(60) })
  expect(answer).toMatchObject({ areTestLeads: true, total: 30, matching: 10 })
  await db.update(leads).set({ isTest: false, testRunId: null }).where(inArray(leads.id, ids))
  expect(await ask({ rule: atLeast(60) })).toMatchObject({ areTestLeads: false, total: 40, matching: 10 })
})

test('where all leads would take too long a part of them is looked at, and the estimate is near', async () => {
  const { db } = app.database
  await db.execute(sql`
    insert into leads (id, score) select gen_random_uuid(), n % 100 from generate_series(1, 60000) n`)
  await db.execute(sql`analyze leads`)
  const library = await readLibrary(db)
  const request = { zone: 'UTC', sample: { matching: 1, others: 1 }, warnings: true, byStage: false }
  const found = await matchRule(
    { db, library, now: Date.now(), exactUpTo: 1000, exactPatienceMs: 0 },
    { ...request, rule: { kind: 'any', rules: [atLeast(50), { kind: 'has_tag', tag: 'never' }] } },
  )
  expect(found.isEstimate).toBe(true)
  expect(found.total).toBeGreaterThan(54_000)
  expect(found.total).toBeLessThan(66_000)
  expect(found.matching / found.total).toBeCloseTo(0.5, 1)
  // On a part of the leads "none" and "all" cannot be said of a condition.
  expect(found.warnings.map(({ code }) => code)).not.toContain('CONDITION_NEVER_TRUE')
  const exact = await matchRule({ db, library, now: Date.now(), exactUpTo: 1000 }, { ...request, rule: atLeast(50) })
  expect(exact).toMatchObject({ isEstimate: false, total: 60_040 })
})
