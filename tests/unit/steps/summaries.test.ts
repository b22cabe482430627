// What cards say of their settings: words, never the keys and codes that are stored.
import { describe, expect, test } from 'vitest'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import { describeEvent } from '#engine/steps/summary-words.ts'

const registry = createStepRegistry()

function summaryOf(type: string, config: object): string {
  const step = registry.get(type)
  if (step === undefined) throw new Error(`There is no step type "${type}".`)
  return step.summary(step.config.parse(config))
}

const always = { kind: 'always' }
const triggers: [string, object][] = [
  ['Every Friday 09:00', { kind: 'schedule', days: ['fri'], time: '09:00', zone: 'Europe/Berlin', segment: always }],
  [
    'Every Monday and Thursday 08:30',
    { kind: 'schedule', days: ['thu', 'mon'], time: '08:30', zone: 'Europe/Berlin', segment: always },
  ],
  [
    'Every day 08:30',
    {
      kind: 'schedule',
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      time: '08:30',
      zone: 'UTC',
      segment: always,
    },
  ],
  ['When the form “contact” is sent', { kind: 'form', form: 'contact' }],
  ['On a download', { kind: 'event', event: 'downloaded' }],
  [
    'On “price viewed” (1 condition)',
    { kind: 'event', event: 'price_viewed', where: [{ property: 'plan', op: 'is', value: 'pro' }] },
  ],
  ['When a lead begins to match', { kind: 'segment_entered', segment: always }],
  ['7 days before “lease end” 09:00', { kind: 'date_field', field: 'lease_end', offsetDays: -7 }],
  ['On “birthday” 09:00, every year', { kind: 'date_field', field: 'birthday', yearly: true }],
  ['When a purchase is due again', { kind: 'computed_date', event: 'purchased' }],
  ['1 day after a purchase is due again', { kind: 'computed_date', event: 'purchased', offsetDays: 1 }],
  ['When the stage changes', { kind: 'stage_changed' }],
  [
    'When the stage goes from new to sales ready or customer',
    { kind: 'stage_changed', from: ['new'], to: ['sales_ready', 'customer'] },
  ],
  ['When the attention becomes hot', { kind: 'attention_changed', to: ['hot'] }],
  ['When the score rises to 50', { kind: 'score_crossed', threshold: 50 }],
  ['When the score falls to 10', { kind: 'score_crossed', threshold: 10, direction: 'down' }],
  ['When the tag “fair” is added', { kind: 'tag_added', tag: 'fair' }],
  ['When the cue “spring” is noted', { kind: 'cue', cue: 'spring' }],
  ['By an import', { kind: 'import' }],
  ['By hand', { kind: 'manual' }],
]

describe('the entry says when someone starts', () => {
  test.each(triggers)('%s', (words, trigger) => {
    expect(summaryOf('entry', { triggers: [{ id: 'one', ...trigger }] })).toBe(words)
  })

  test('several ways in stand beside each other', () => {
    const [schedule, , , form] = triggers.map(([, trigger], index) => ({ id: `t${String(index)}`, ...trigger }))
    const config = { triggers: [schedule, form, { id: 'hand', kind: 'manual' }] }
    expect(summaryOf('entry', config)).toBe('Every Friday 09:00 · when the form “contact” is sent · by hand')
  })
})

test.each([
  ['escalate_to_call', { reason: 'It asked.', sla: 'P3D' }, 'Call (sales, within 3 days): It asked.'],
  ['demote', { stage: 'inactive', attention: 'inactive' }, 'Demote to stage inactive, attention inactive'],
  ['promote', { stage: 'sales_ready' }, 'Promote to sales ready'],
  ['promote', { attention: 'hot' }, 'Promote to attention hot'],
  ['wait_for_event', { event: 'survey_answered', timeout: 'P3D' }, 'Wait for a survey answer, at most 3 days'],
  [
    'wait_for_event',
    { event: 'price_viewed', where: [{ property: 'plan', op: 'is', value: 'pro' }] },
    'Wait for “price viewed” (1 condition)',
  ],
  ['record_event', { event: 'price_viewed' }, 'Record “price viewed”'],
  ['wait_until_time', { days: ['fri', 'mon'], time: '10:00' }, 'Wait until Monday or Friday 10:00'],
  ['wait_until_date', { field: 'lease_end', offsetDays: -1 }, 'Wait until 1 day before “lease end”, 09:00'],
])('%s %j: %s', (type, config, words) => {
  expect(summaryOf(type, config)).toBe(words)
})

test.each(Object.values(builtInEvents))('%s has words', (event) => {
  expect(describeEvent(event)).toMatch(/^an? [a-z ]+$/)
})
