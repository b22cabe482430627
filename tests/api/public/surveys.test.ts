// Surveys and single questions by personal link, over HTTP on a real database.
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personalLink } from '#activities/links/personal-link.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { events, surveyAnswers } from '#db/schema/events.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { surveyResponses } from '#db/schema/responses.ts'
import { surveySchema } from '#engine/library.ts'
import { publishDefinition } from '../../support/engine.ts'
import { addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp

const options = [
  { value: 'delayed', label: 'It is delayed' },
  { value: 'budget', label: 'No <b>budget</b>' },
]
const isDelayed = { kind: 'answer', question: 'why', op: 'is', value: 'delayed' }
const winBack = {
  key: 'win-back',
  title: 'Why not? {{ 7 | times: 6 }}',
  intro: '<script>alert(1)</script>',
  thankYou: 'Much obliged.',
  questions: [
    {
      id: 'why',
      text: 'What came in between?',
      type: 'single',
      required: true,
      options,
      other: { label: 'Something else' },
    },
    { id: 'until', text: 'Until when?', type: 'date', field: 'delayed_until', required: true, showWhen: isDelayed },
    { id: 'score', text: 'How likely?', type: 'nps', lowLabel: 'not at all', highLabel: 'very', pageBreak: true },
    { id: 'words', text: 'In your words?', type: 'long_text', field: 'company' },
  ],
  translations: { de: { title: 'Warum nicht?', questions: { why: { text: 'Was kam dazwischen?' } } } },
}

beforeAll(async () => {
  app = await createTestApp()
  await app.database.db.transaction((tx) =>
    saveResources(tx, {
      fields: [{ key: 'delayed_until', label: 'Delayed until', type: 'date' }],
      surveys: [
        winBack,
        { ...winBack, key: 'again', changeWithin: 'P7D' },
        { ...winBack, key: 'over', closesOn: '2026-01-31' },
      ].map((survey) => surveySchema.parse(survey)),
    }),
  )
})
afterAll(() => app.close())

/** A lead with a survey in its mail. */
async function invited(survey: string, question?: string) {
  const content = { surveyKey: survey, ...(question === undefined ? {} : { questionId: question }) }
  const { leadId, deliveryId } = await addRecipient(app.database.db, { email: `${randomUUID()}@example.com`, content })
  const link = personalLink(testLinks, question === undefined ? 'survey' : 'question', deliveryId)
  return { leadId, path: new URL(link).pathname }
}

const post = (path: string, fields: Record<string, string | string[]>) =>
  app.request.post(path).type('form').send(fields)
const answersOf = async (leadId: string) =>
  Object.fromEntries(
    (await app.database.db.select().from(surveyAnswers).where(eq(surveyAnswers.leadId, leadId))).map(
      ({ question, value }) => [question, value],
    ),
  )
const eventsOf = async (leadId: string) =>
  (await app.database.db.select().from(events).where(eq(events.leadId, leadId))).filter(({ type }) =>
    type.endsWith('answered'),
  )

test('page by page without scripts: branching, partial answers kept, facts and event once it is whole', async () => {
  const { leadId, path } = await invited('win-back')
  const first = await app.request.get(path)
  expect(first.status).toBe(200)
  // Whatever was written into texts is shown as text.
  expect(first.text).toContain('Why not? {{ 7 | times: 6 }}')
  expect(first.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(first.text).toContain('No &lt;b&gt;budget&lt;/b&gt;')
  expect(first.text).not.toContain('Until when?')

  const on = await post(path, { page: '0', 'q.why': 'delayed' })
  expect([on.status, on.headers['location']]).toEqual([303, `${path}?p=1`])
  expect((await app.request.get(path)).text).toContain('Until when?')
  expect(await answersOf(leadId)).toEqual({})
  const [half] = await app.database.db.select().from(surveyResponses).where(eq(surveyResponses.leadId, leadId))
  expect(half).toMatchObject({ status: 'partial', draft: { why: 'delayed' }, answers: {} })

  const wrong = await post(path, { page: '1', 'q.until': '31 March' })
  expect(wrong.status).toBe(422)
  expect(wrong.text).toContain('Please write a date')
  expect(wrong.text).toContain('value="31 March"')
  expect((await post(path, { page: '1', 'q.until': '2027-03-31' })).headers['location']).toBe(`${path}?p=2`)
  // Back, and another answer: the date is not asked any more, and not kept.
  expect((await app.request.get(`${path}?p=0`)).text).toMatch(/value="delayed" checked/)
  expect(
    (await post(path, { page: '0', 'q.why': 'other', 'q.why.other': 'a <i>merger</i>' })).headers['location'],
  ).toBe(`${path}?p=2`)
  const done = await post(path, { page: '2', 'q.score': '9', 'q.words': '=HYPERLINK("x") {{ lead.email }}' })
  expect([done.status, done.headers['location']]).toEqual([303, path])

  expect(await answersOf(leadId)).toEqual({
    why: 'other',
    why_other: 'a <i>merger</i>',
    score: 9,
    words: '=HYPERLINK("x") {{ lead.email }}',
  })
  const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
  expect(lead).toMatchObject({ company: '=HYPERLINK("x") {{ lead.email }}', fields: {} })
  expect(await eventsOf(leadId)).toMatchObject([
    { type: 'survey_answered', properties: { survey: 'win-back', why: 'other', score: 9 } },
  ])
})

test('one complete answer per link: a replay shows when it was answered and changes nothing', async () => {
  const { leadId, path } = await invited('win-back')
  await post(path, { page: '0', 'q.why': 'budget' })
  await post(path, { page: '2', 'q.score': '3' })
  const before = await fingerprint(app.database.db)
  for (const again of [await post(path, { page: '2', 'q.score': '9' }), await app.request.get(path)]) {
    expect(again.status).toBe(200)
    expect(again.text).toContain('You answered on')
    expect(again.text).toContain('Much obliged.')
    expect(again.text).not.toContain('Change my answers')
  }
  expect(await fingerprint(app.database.db)).toEqual(before)
  expect(await eventsOf(leadId)).toHaveLength(1)
})

test('two complete posts at once record one answer', async () => {
  const { leadId, path } = await invited('win-back')
  await post(path, { page: '0', 'q.why': 'budget' })
  const sent = await Promise.all([1, 2, 3, 4].map((score) => post(path, { page: '2', 'q.score': String(score) })))
  expect(sent.map(({ status }) => String(status)).sort()).toEqual(['200', '200', '200', '303'])
  expect(await eventsOf(leadId)).toHaveLength(1)
})

test('within the time a survey allows, its lead may change the answer; what falls away is taken back', async () => {
  const { leadId, path } = await invited('again')
  await post(path, { page: '0', 'q.why': 'delayed' })
  await post(path, { page: '1', 'q.until': '2027-03-31' })
  await post(path, { page: '2', 'q.score': '3' })
  expect((await app.request.get(path)).text).toContain('Change my answers')
  expect((await app.request.get(`${path}?change`)).text).toMatch(/value="delayed" checked/)
  await post(path, { page: '0', 'q.why': 'budget' })
  // Half-way through, the first answer still counts.
  expect(await answersOf(leadId)).toMatchObject({ why: 'delayed' })
  await post(path, { page: '2', 'q.score': '8' })
  expect(await answersOf(leadId)).toEqual({ why: 'budget', until: null, score: 8 })
  const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
  expect(lead?.fields).toEqual({})
  expect(await eventsOf(leadId)).toHaveLength(2)
})

test('looking changes nothing, whatever the address asks for', async () => {
  const { path } = await invited('win-back')
  const before = await fingerprint(app.database.db)
  for (const query of ['', '?p=2', '?p=99', '?p=-1', '?p=x', '?change', '?a=budget']) {
    expect((await app.request.get(`${path}${query}`)).status).toBe(200)
  }
  expect(await fingerprint(app.database.db)).toEqual(before)
})

test('going ahead by the address does not skip what is required', async () => {
  const { leadId, path } = await invited('win-back')
  const ahead = await post(path, { page: '2', 'q.score': '5' })
  expect(ahead.headers['location']).toBe(`${path}?p=0`)
  expect(await eventsOf(leadId)).toEqual([])
})

describe('one question in a mail', () => {
  test('a click only preselects; the answer is the POST, as its own event', async () => {
    const { leadId, path } = await invited('win-back', 'score')
    const before = await fingerprint(app.database.db)
    const page = await app.request.get(`${path}?a=7`)
    expect(page.text).toMatch(/value="7" checked/)
    expect(page.text).not.toContain('What came in between?')
    expect((await app.request.get(`${path}?a=%3Cscript%3E`)).status).toBe(200)
    expect(await fingerprint(app.database.db)).toEqual(before)
    expect((await post(path, { page: '0' })).status).toBe(422)
    expect((await post(path, { page: '0', 'q.score': '7' })).status).toBe(303)
    expect(await eventsOf(leadId)).toMatchObject([
      { type: 'question_answered', properties: { survey: 'win-back', question: 'score', value: 7 } },
    ])
  })

  test('a question that depends on others is asked all the same', async () => {
    const { leadId, path } = await invited('win-back', 'until')
    expect((await post(path, { page: '0', 'q.until': '2027-05-01' })).status).toBe(303)
    const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
    expect(lead?.fields).toEqual({ delayed_until: '2027-05-01' })
  })
})

test('a closed survey says so, and takes nothing', async () => {
  const { leadId, path } = await invited('over')
  for (const response of [await app.request.get(path), await post(path, { page: '0', 'q.why': 'budget' })]) {
    expect(response.status).toBe(410)
    expect(response.text).toContain('This survey is closed')
  }
  expect(await eventsOf(leadId)).toEqual([])
})

test('links of deliveries that ask for nothing, unknown surveys and forged links are friendly pages', async () => {
  const { path } = await invited('no-such-survey')
  expect((await app.request.get(path)).status).toBe(410)
  const { path: good } = await invited('win-back')
  // A link made for another purpose does not open this one.
  expect((await app.request.get(good.replace('/s/', '/q/'))).status).toBe(404)
  expect((await app.request.get(`${good.slice(0, -2)}AA`)).status).toBe(404)
})

test('texts come in the language of the browser when the lead has none', async () => {
  const { path } = await invited('win-back')
  const german = await app.request.get(path).set('Accept-Language', 'de-AT,en;q=0.5')
  expect(german.text).toContain('Was kam dazwischen?')
  expect(german.text).toContain('lang="de"')
})

test('values that are no options, of other questions and of hidden ones are not taken', async () => {
  const { leadId, path } = await invited('win-back')
  expect((await post(path, { page: '0', 'q.why': "x' or 1=1--" })).status).toBe(422)
  await post(path, { page: '0', 'q.why': 'budget', 'q.until': '2027-01-01', 'q.constructor': 'x', 'q.__proto__': 'y' })
  await post(path, { page: '2', 'q.score': '1', 'q.until': '2027-01-01' })
  expect(await answersOf(leadId)).toEqual({ why: 'budget', score: 1 })
})

test('whoever waits for the answer gets an input with it', async () => {
  const { leadId, path } = await invited('win-back')
  const journeyId = await publishDefinition(app.database.db, {
    steps: { mail: ['send_email', { subject: 'S', body: 'B' }] },
  })
  await app.database.db.insert(enrollments).values({
    id: randomUUID(),
    leadId,
    journeyId,
    version: 1,
    status: 'active',
    stepId: 'mail',
    since: new Date(),
    state: {} as never,
    dependsOn: ['answer:win-back'],
    triggerId: 'manual',
    entryKey: 'k',
    enteredAt: new Date(),
  })
  await post(path, { page: '0', 'q.why': 'budget' })
  await post(path, { page: '2', 'q.score': '1' })
  const inputs = await app.database.db.select().from(leadInputs).where(eq(leadInputs.leadId, leadId))
  expect(inputs).toMatchObject([{ kind: 'fact', payload: { keys: ['answer:win-back'] } }])
})

describe('hostile texts', () => {
  const hostile = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `' onfocus=alert(1) autofocus='`,
    '{{ company.name }}{% for i in (1..9) %}x{% endfor %}',
    '</textarea></style>}body{display:none}',
    `'); drop table leads; --`,
    '=cmd|calc!A1\u0000\ud800',
  ].join(' ')
  const choices = [{ value: hostile.slice(0, 200), label: hostile }]

  test('in every text of a survey, and in every answer, are shown as text', async () => {
    const texts = { text: hostile, help: hostile, lowLabel: hostile.slice(0, 200), highLabel: hostile.slice(0, 200) }
    const questions = [
      { id: 'single', type: 'single', options: choices, other: { label: hostile.slice(0, 200) } },
      { id: 'multi', type: 'multi', options: choices },
      { id: 'scale', type: 'scale' },
      { id: 'rank', type: 'ranking', options: [...choices, { value: 'b', label: 'B' }] },
      { id: 'matrix', type: 'matrix', options: choices, rows: [{ id: 'r', label: hostile }] },
      { id: 'long', type: 'long_text', required: true },
      { id: 'short', type: 'text' },
      { id: 'last', type: 'email', required: true, pageBreak: true },
    ].map((question) => ({ ...texts, ...question }))
    const survey = { key: 'hostile', title: hostile.slice(0, 300), intro: hostile, thankYou: hostile, questions }
    expect((await app.request.put('/api/v1/surveys/hostile').send(survey)).status).toBe(200)
    const { leadId, path } = await invited('hostile')
    const [{ value } = { value: '' }] = choices
    const given = {
      'q.single': 'other',
      'q.single.other': hostile,
      'q.multi': value,
      'q.matrix.row.r': value,
      'q.short': hostile,
    }
    const pages = [
      await app.request.get(path),
      await post(path, { page: '0', ...given }),
      await post(path, { page: '0', ...given, 'q.long': hostile }),
      await app.request.get(`${path}?p=1`),
      await post(path, { page: '1', 'q.last': hostile }),
      await app.request.get(`${path}?p=0`),
      await post(path, { page: '1', 'q.last': 'a@b.example' }),
      await app.request.get(path),
    ]
    expect(pages.map(({ status }) => status)).toEqual([200, 422, 303, 200, 422, 200, 303, 200])
    for (const { text } of pages) {
      expect(text).not.toMatch(/<script|<img|<\/textarea>\s*<\/style>/)
      // Within quotes it is text; outside, it would be an attribute.
      expect(text.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]* (onerror|onfocus|autofocus)\b/)
    }
    expect(pages[0]?.text).toContain('{{ company.name }}{% for i in (1..9) %}')
    const answers = await answersOf(leadId)
    expect(answers['long']).toBe(hostile.replace('\u0000', '').toWellFormed().trim())
  })
})
