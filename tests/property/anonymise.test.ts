/** A lead without its name goes the same way: rules say of it what they say of the lead itself. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '#engine/conditions/evaluate.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { emptyLibrary, surveySchema, type Library } from '#engine/library.ts'
import { anonymise } from '#engine/simulation/anonymise.ts'
import { fromFacts, toFacts, type RehearsalLead } from '#engine/simulation/schemas.ts'
import { strangerFacts } from '../support/stranger-facts.ts'

const note = { id: 'note', text: 'Anything else?', type: 'text' }
const ground: Library = {
  ...emptyLibrary(),
  fields: { note: { key: 'note', label: 'Note', type: 'text' } },
  surveys: { why: surveySchema.parse({ key: 'why', title: 'Why', questions: [note] }) },
}

/** What leads are called here; rules ask for the whole of it, or for its beginning, middle or end. */
const texts: Record<string, readonly string[]> = {
  email: ['ada@acme.de', 'ADA.Bank@Sparkasse.example', 'sample@bank.example', 'no address', 'a@b@c.de', ''],
  company: ['Deutsche Bank', 'bank of Ada', 'Sample Company', 'Zoë & Co', ''],
  first_name: ['Ada', 'Sample', 'Zoë'],
  last_name: ['Lovelace', 'Lead'],
  address_line1: ['1 High Street', '1 Sample Street'],
  phone: ['+442079460123', '+16175550199'],
  note: ['Call me, Ada', 'A sample text', ''],
}
const fields = Object.keys(texts)
const asked = (field: string) =>
  fc
    .tuple(fc.constantFrom(...(texts[field] ?? [])), fc.nat(12), fc.integer({ min: 1, max: 14 }), fc.boolean())
    .map(([text, from, length, isWhole]) => (isWhole ? text : text.slice(from, from + length)))
    .filter((text) => text !== '')

const comparisons: fc.Arbitrary<Rule> = fc.constantFrom(...fields).chain((field) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom('is', 'is_not', 'contains', 'not_contains', 'starts_with'), asked(field))
      .map(([op, value]): Rule => ({ kind: 'compare', field, op: op as 'is', value })),
    fc
      .tuple(fc.constantFrom('in', 'not_in'), fc.array(asked(field), { minLength: 1, maxLength: 3 }))
      .map(([op, value]): Rule => ({ kind: 'compare', field, op: op as 'in', value })),
    fc.constantFrom('known', 'unknown').map((op): Rule => ({ kind: 'compare', field, op: op as 'known' })),
  ),
)
const answers: fc.Arbitrary<Rule> = fc
  .tuple(fc.constantFrom('contains', 'is', 'starts_with'), asked('note'))
  .map(([op, value]): Rule => ({ kind: 'answered', survey: 'why', question: 'note', op: op as 'is', value }))

const { rule: rules } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small' },
    comparisons,
    answers,
    fc.constant<Rule>({ kind: 'in_segment', segment: 'chosen' }),
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((inner): Rule => ({ kind: 'all', rules: inner })),
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((inner): Rule => ({ kind: 'any', rules: inner })),
    tie('rule').map((inner): Rule => ({ kind: 'not', rule: inner })),
  ),
}))

const leads: fc.Arbitrary<RehearsalLead> = fc
  .record(
    Object.fromEntries(
      fields.map((field) => [field, fc.option(fc.constantFrom(...(texts[field] ?? [])), { nil: null })]),
    ),
  )
  .chain((own) =>
    fc.option(fc.constantFrom('Call me, Ada', 'A sample text', ''), { nil: undefined }).map((said) => ({
      ...fromFacts(strangerFacts()),
      fields: own,
      answers: said === undefined ? {} : { why: { note: { value: said, at: 0 } } },
    })),
  )

const journeyOf = (rule: Rule) =>
  graphSchema.parse({
    format: 1,
    nodes: [{ id: 'way', type: 'branch', config: { cases: [{ id: 'a', name: 'A', when: rule }] } }],
    edges: [],
  })

test('every rule over names, addresses and free texts says the same of the lead without them', () => {
  fc.assert(
    fc.property(rules, comparisons, leads, (rule, chosen, lead) => {
      const library = { ...ground, segments: { chosen } }
      const says = (of: RehearsalLead) =>
        evaluate(rule, { facts: toFacts(of), library, now: 0, zone: 'UTC', trace: false }).value
      const hidden = anonymise(lead, journeyOf(rule), library)
      expect(says(hidden)).toBe(says(lead))
      expect(anonymise(hidden, journeyOf(rule), library)).toEqual(hidden)
    }),
    { numRuns: 2000 },
  )
})

test('what no rule compares stays hidden; an address compared by its domain keeps only that', () => {
  const lead: RehearsalLead = {
    ...fromFacts(strangerFacts()),
    fields: { email: 'ada@acme.de', company: 'Deutsche Bank', first_name: 'Ada', note: 'Ada' },
  }
  const compare = (field: string, op: 'contains' | 'known' | 'starts_with', value?: string): Rule => ({
    kind: 'compare',
    field,
    op,
    ...(value === undefined ? {} : { value }),
  })
  const hide = (rule: Rule, segments = {}) => anonymise(lead, journeyOf(rule), { ...ground, segments }).fields
  const hidden = { email: 'sample@example.com', company: 'Sample Company', first_name: 'Sample' }
  expect(hide(compare('email', 'contains', '@acme.de'))).toEqual({ ...hidden, email: 'sample@acme.de' })
  expect(hide(compare('email', 'starts_with', 'ada'))).toEqual({ ...hidden, email: 'ada@acme.de' })
  expect(hide(compare('company', 'contains', 'Bank'))).toEqual({ ...hidden, company: 'Deutsche Bank' })
  expect(hide(compare('company', 'known'))).toEqual(hidden)
  // A segment that the journey does not ask for gives nobody away.
  const banks = { banks: compare('company', 'contains', 'Bank') }
  expect(hide({ kind: 'always' }, banks)).toEqual(hidden)
  expect(hide({ kind: 'in_segment', segment: 'banks' }, banks)).toEqual({ ...hidden, company: 'Deutsche Bank' })
})
