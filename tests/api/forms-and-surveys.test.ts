// Surveys and forms as the API writes and reads them.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { newId } from '#db/ids.ts'
import { surveyResponses } from '#db/schema/responses.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { addRecipient } from '../support/public-visits.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
  const { db } = app.database
  const file = JSON.parse(
    readFileSync(new URL('../../examples/journeys/instant-thank-you.json', import.meta.url), 'utf8'),
  )
  await importJourneyFile({ db }, file, { actor: 'test' })
  const published = await publishJourney(
    { db, registry: createStepRegistry(), schedules: null },
    { journey: 'instant-thank-you', actor: 'test' },
  )
  expect(published).toMatchObject({ published: true })
})
afterAll(() => app.close())

const survey = {
  key: 'nps',
  title: 'How did we do?',
  questions: [
    { id: 'score', text: 'How likely?', type: 'nps' },
    {
      id: 'why',
      text: 'Why?',
      type: 'single',
      options: [{ value: 'price', label: 'Price' }],
      other: { label: 'Else' },
    },
    { id: 'words', text: 'Words', type: 'long_text' },
  ],
}

test('a survey is written whole, with every problem at its place, and read back', async () => {
  const bad = { ...survey, questions: [...survey.questions, { id: 'why', text: '', type: 'single' }] }
  expect((await app.request.put('/api/v1/surveys/nps').send(bad)).body).toMatchObject({ code: 'REQUEST_INVALID' })
  const two = { ...survey, questions: [...survey.questions, { id: 'why', text: 'W', type: 'single', field: 'nobody' }] }
  const refused = await app.request.put('/api/v1/surveys/nps').send(two)
  expect(refused.status).toBe(422)
  expect(refused.body.issues.map(({ path }: { path: unknown[] }) => path.join('.'))).toEqual([
    'body.questions.3.id',
    'body.questions.3.options',
    'body.questions.3.field',
  ])
  expect((await app.request.put('/api/v1/surveys/other').send(survey)).body.code).toBe('SURVEY_INVALID')
  expect((await app.request.put('/api/v1/surveys/nps').send(survey)).body).toMatchObject({ created: true })
  expect((await app.request.put('/api/v1/surveys/nps').send(survey)).body).toMatchObject({ created: false })
  expect((await app.request.get('/api/v1/surveys/nps')).body).toMatchObject({ survey, usedBy: [] })
  expect((await app.request.get('/api/v1/surveys')).body.items).toMatchObject([{ key: 'nps', questions: 3 }])
  expect((await app.request.get('/api/v1/surveys/constructor')).body.code).toBe('SURVEY_NOT_FOUND')
})

test('results count answers, and the export runs no formula', async () => {
  const { db } = app.database
  const answers = [
    { score: 10, why: 'price', words: '=HYPERLINK("http://evil.example")' },
    { score: 9, why: 'other', why_other: '+1 for "quotes", and\nlines' },
    { score: 3 },
  ]
  for (const [index, given] of [...answers, { score: 1 }].entries()) {
    const { leadId } = await addRecipient(db, { email: `r${String(index)}@example.com` })
    const isDone = index < answers.length
    const at = new Date(Date.UTC(2026, 0, 1, index))
    await db.insert(surveyResponses).values({
      id: newId(),
      link: newId(),
      survey: 'nps',
      leadId,
      status: isDone ? 'complete' : 'partial',
      answers: isDone ? given : {},
      draft: isDone ? null : given,
      startedAt: at,
      completedAt: isDone ? at : null,
    })
  }
  const { body } = await app.request.get('/api/v1/surveys/nps/results')
  expect(body).toMatchObject({ partial: 1, complete: 3 })
  expect(body.questions[0]).toMatchObject({ id: 'score', answered: 3, netPromoterScore: 33 })
  expect(body.questions[0].average).toBeCloseTo(22 / 3)
  expect(body.questions[1].counts).toEqual([
    { value: 'price', label: 'Price', row: null, count: 1 },
    { value: 'other', label: 'Else', row: null, count: 1 },
  ])
  expect(body.questions[2]).toMatchObject({ answered: 1, counts: [] })

  const first = await app.request.get('/api/v1/surveys/nps/responses?limit=3')
  const rest = await app.request.get(`/api/v1/surveys/nps/responses?limit=3&cursor=${String(first.body.nextCursor)}`)
  expect([...first.body.items, ...rest.body.items].map(({ answers: { score } }) => score)).toEqual([1, 3, 9, 10])

  const csv = await app.request.get('/api/v1/surveys/nps/responses.csv')
  expect(csv.headers['content-type']).toContain('text/csv')
  expect(csv.text.split('\n')[0]).toBe(
    'response,lead,status,started_at,completed_at,language,score,why,why_other,words',
  )
  expect(csv.text).toContain(`,"'=HYPERLINK(""http://evil.example"")"`)
  expect(csv.text).toContain(`"'+1 for ""quotes"", and\nlines"`)
  expect((await app.request.get('/api/v1/surveys/nope/responses.csv')).status).toBe(404)
})

test('what a live journey needs of a form cannot be taken away; the rest can', async () => {
  const { body } = await app.request.get('/api/v1/forms/white_paper')
  expect(body.usedBy).toEqual(['instant-thank-you'])
  expect(body.snippet).toContain('/trellis.js" data-form="white_paper"')
  const closed = await app.request.put('/api/v1/forms/white_paper').send({ ...body.form, archived: true })
  expect([closed.status, closed.body.code]).toEqual([409, 'RESOURCE_IN_USE'])
  expect(closed.body.issues[0].message).toContain('"instant-thank-you"')
  const retitled = await app.request.put('/api/v1/forms/white_paper').send({ ...body.form, title: 'Another title' })
  expect(retitled.status).toBe(200)
})

test('a form asks for an address, leads to own pages only, and names what exists', async () => {
  const form = {
    key: 'demo',
    title: 'Demo',
    fields: [{ id: 'form', text: 'Form?', type: 'text', ask: 'next' }],
    asset: 'no-such',
    redirectUrl: 'https://evil.example/',
  }
  const { body } = await app.request.put('/api/v1/forms/demo').send(form)
  expect(body.code).toBe('FORM_INVALID')
  const paths = body.issues.map(({ path }: { path: unknown[] }) => path.slice(1).join('.'))
  expect(paths.sort()).toEqual(['asset', 'fields', 'fields.0.field', 'fields.0.id', 'redirectUrl'])
})

test('screening is a setting with an audit trail', async () => {
  const screening = { competitorDomains: ['Rival.Example'], spamWords: ['casino'] }
  expect((await app.request.put('/api/v1/settings/screening').send(screening)).status).toBe(200)
  expect((await app.request.get('/api/v1/settings/screening')).body).toMatchObject({
    competitorDomains: ['rival.example'],
  })
  const audit = await app.request.get('/api/v1/audit?action=company.')
  expect(audit.body.items.map(({ action }: { action: string }) => action)).toEqual(['company.screening_changed'])
})

test('held submissions are listed and decided by API', async () => {
  const page = await app.request.get('/f/site_visit')
  const [, token] = /name="t" value="([^"]+)"/.exec(page.text) ?? []
  await app.request.post('/f/site_visit').type('form').send({ t: token, 'q.email': 'quick@example.com' })
  const { body } = await app.request.get('/api/v1/form-submissions')
  expect(body.items).toMatchObject([{ form: 'site_visit', status: 'held', answers: { email: 'quick@example.com' } }])
  const path = `/api/v1/form-submissions/${String(body.items[0].id)}`
  const released = await app.request.post(path).send({ decision: 'release' })
  expect(released.body.leadId).toMatch(/^[0-9a-f-]{36}$/)
  expect((await app.request.post(path).send({ decision: 'discard' })).body.code).toBe('SUBMISSION_DECIDED')
  expect((await app.request.get('/api/v1/form-submissions?status=released')).body.items).toHaveLength(1)
})
