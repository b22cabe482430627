import { describe, expect, test } from 'vitest'
import { surveySchema } from '#engine/library.ts'
import { askQuestion } from '#engine/steps/ask-question.ts'
import { describeGateReason } from '#engine/steps/gate-reasons.ts'
import { checkTemplate } from '#engine/steps/message-template.ts'
import { notify } from '#engine/steps/notify.ts'
import { sendEmail } from '#engine/steps/send-email.ts'
import { sendPostcard } from '#engine/steps/send-postcard.ts'
import { sendSurvey } from '#engine/steps/send-survey.ts'
import { gateReasons } from '#engine/vocabulary.ts'
import { aLead, aLibrary, commandOf, dayMs, monday, portOf, problemsOf, visit } from '#tests/support/step-visit.ts'

const mail = { subject: 'Hello', body: 'Dear {{ lead.first_name }}' }
const survey = surveySchema.parse({
  key: 'why',
  title: 'Why not?',
  questions: [
    { id: 'reason', text: 'What held you back?', type: 'single', options: [{ value: 'price', label: 'Price' }] },
    { id: 'when', text: 'When again?', type: 'date' },
  ],
})
const library = aLibrary([{ key: 'guide', title: 'Guide', url: 'https://x.example/guide' }], {
  surveys: { why: survey },
})
const oneADay = {
  ...library,
  policy: { ...library.policy, caps: [{ channel: 'email' as const, max: 1, within: 'P1D' }] },
}
const fullToday = () =>
  aLead({
    deliveries: [
      { channel: 'email', purpose: 'nurture', status: 'accepted', countedAt: monday - 1000, assetLineage: null },
    ],
  })

describe('send email', () => {
  test('queues one message with the gate’s decision on it', () => {
    const outcome = visit(sendEmail, { ...mail, staleAfter: 'P2D' }, { settings: { priority: 2 } }).run()
    expect(portOf(outcome)).toBe('next')
    expect(commandOf(outcome, 'deliver')).toEqual({
      kind: 'deliver',
      channel: 'email',
      purpose: 'nurture',
      content: mail,
      decision: { verdict: 'queued' },
      overCap: 'defer',
      priority: 2,
      staleAt: monday + 2 * dayMs,
      assetLineage: null,
      countsAs: null,
    })
  })

  test('puts a refusal on record and leaves by skipped', () => {
    const facts = aLead({ doNot: { email: true, postcard: false, phone: false } })
    const outcome = visit(sendEmail, mail, { facts }).run()
    expect(portOf(outcome)).toBe('skipped')
    expect(commandOf(outcome, 'deliver').decision).toEqual({ verdict: 'skipped', reason: 'do_not_email' })
    expect(facts.own.deliveries['step:1']).toMatchObject({ status: 'skipped', reason: 'do_not_email' })
  })

  test.each([
    ['defer', 'next', 'deferred'],
    ['skip', 'skipped', 'skipped'],
    ['escalate', 'over_cap', 'skipped'],
  ] as const)('over the cap, %s leaves by %s', (overCap, port, verdict) => {
    const step = visit(sendEmail, { ...mail, overCap }, { facts: fullToday(), library: oneADay })
    const outcome = step.run()
    expect(portOf(outcome)).toBe(port)
    expect(commandOf(outcome, 'deliver').decision).toMatchObject({ verdict, reason: 'cap_reached' })
    const ports = sendEmail.ports(sendEmail.config.parse({ ...mail, overCap })).map(({ id }) => id)
    expect(ports).toContain(port)
  })

  test('other refusals than the cap do not escalate', () => {
    const facts = aLead({ suppressed: { email: { at: monday, reason: 'asked' } } })
    expect(portOf(visit(sendEmail, { ...mail, overCap: 'escalate' }, { facts }).run())).toBe('skipped')
  })

  test('a visit whose message is on record sends no second one', () => {
    const step = visit(sendEmail, mail)
    step.run()
    const again = step.run(monday + dayMs)
    expect(again.commands ?? []).toEqual([])
    expect(portOf(again)).toBe('next')
  })

  test('a text may not speak of what the message is not about', () => {
    const body = 'See {{ asset.title }}'
    expect(problemsOf(sendEmail, { subject: 'A', body }, library)).toEqual(['MESSAGE_VARIABLE_UNKNOWN body'])
    expect(problemsOf(sendEmail, { subject: 'A', body, asset: 'guide' }, library)).toEqual([])
    expect(problemsOf(sendEmail, { subject: 'A', body: 'x', asset: 'gone', survey: 'gone' }, library)).toEqual([
      'REFERENCE_MISSING asset',
      'REFERENCE_MISSING survey',
    ])
  })

  test('a subject is one line', () => {
    expect(sendEmail.config.safeParse({ subject: 'a\r\nBcc: everyone@example.org', body: 'x' }).success).toBe(false)
  })
})

describe('checkTemplate()', () => {
  test.each([
    ['Dear {{ lead.first_name | default: "friend" }}', []],
    ['{% for t in lead.tags_x %}{{ t }}{% endfor %}', []],
    ['{% assign who = lead.first_name %}{{ who }}', []],
    ['{{ "a text" }} {{ 3 }} {{ true }}', []],
    ['Dear {{ lead.frist_name }}', ['MESSAGE_VARIABLE_UNKNOWN']],
    ['Dear {{ first_name }} and {{ first_name }}', ['MESSAGE_VARIABLE_UNKNOWN']],
    ['Dear {{ lead.first_name }', ['MESSAGE_TEMPLATE_INVALID']],
    ['Dear {{ lead.first_name {{ lead.company }}', ['MESSAGE_TEMPLATE_INVALID']],
    ['{% if lead.company', ['MESSAGE_TEMPLATE_INVALID']],
  ])('%s', (text, codes) => {
    expect(checkTemplate(text, ['body'], library).map(({ code }) => code)).toEqual(codes)
  })
})

describe('surveys and questions', () => {
  test('a survey goes out with its key', () => {
    expect(commandOf(visit(sendSurvey, { survey: 'why' }, { library }).run(), 'deliver').content.surveyKey).toBe('why')
    expect(problemsOf(sendSurvey, { survey: 'gone' }, library)).toEqual(['REFERENCE_MISSING survey'])
  })

  test('a question that was answered is not asked again', () => {
    const facts = aLead({ answers: { why: { reason: { value: 'price', at: monday } } } })
    const again = visit(askQuestion, { survey: 'why', question: 'reason' }, { library, facts }).run()
    expect(again).toMatchObject({ port: 'next' })
    expect(again.commands ?? []).toEqual([])
    expect(
      portOf(visit(askQuestion, { survey: 'why', question: 'reason', ifAnswered: 'leave' }, { library, facts }).run()),
    ).toBe('answered')
  })

  test('without a given question the first unanswered one is asked', () => {
    const facts = aLead({ answers: { why: { reason: { value: 'price', at: monday } } } })
    const outcome = visit(askQuestion, { survey: 'why' }, { library, facts }).run()
    expect(commandOf(outcome, 'deliver').content).toMatchObject({ surveyKey: 'why', questionId: 'when' })
    facts.answers['why'] = { ...facts.answers['why'], when: { value: '2027-01-01', at: monday } }
    expect(visit(askQuestion, { survey: 'why' }, { library, facts, visit: 2 }).run().commands ?? []).toEqual([])
  })

  test('survey and question must exist', () => {
    expect(problemsOf(askQuestion, { survey: 'why', question: 'gone' }, library)).toEqual([
      'REFERENCE_MISSING question',
    ])
    expect(problemsOf(askQuestion, { survey: 'gone', question: 'reason' }, library)).toEqual([
      'REFERENCE_MISSING survey',
    ])
  })
})

describe('other channels', () => {
  test('a postcard asks the gate for the post, not for mail', () => {
    const card = { headline: 'We miss you', body: 'Come back' }
    expect(commandOf(visit(sendPostcard, card).run(), 'deliver')).toMatchObject({
      channel: 'postcard',
      content: { subject: 'We miss you', body: 'Come back' },
      decision: { verdict: 'queued' },
    })
    const facts = aLead({ fields: { city: null } })
    expect(portOf(visit(sendPostcard, card, { facts }).run())).toBe('skipped')
  })

  test('a notification goes to the owner of the lead, if there is one', () => {
    const owned = visit(notify, { message: 'Look' }, { facts: aLead({ fields: { owner_id: 'eva' } }) }).run()
    expect(commandOf(owned, 'deliver')).toMatchObject({
      channel: 'notification',
      purpose: 'internal',
      content: { to: 'eva' },
    })
    expect(commandOf(visit(notify, { message: 'Look', to: 'night-shift' }).run(), 'deliver').content.to).toBe(
      'night-shift',
    )
  })

  test('a notification needs no consent and no address of the lead', () => {
    const facts = aLead({ fields: { email: null }, doNot: { email: true, postcard: true, phone: true } })
    expect(commandOf(visit(notify, { message: 'Look' }, { facts }).run(), 'deliver').decision).toEqual({
      verdict: 'queued',
    })
  })
})

test('every reason of the gate has its own words', () => {
  const words = gateReasons.map(describeGateReason)
  expect(new Set(words).size).toBe(gateReasons.length)
})
