import { describe, expect, test } from 'vitest'
import type { StepType } from '#engine/steps/contract.ts'
import { addTag } from '#engine/steps/add-tag.ts'
import { demote } from '#engine/steps/demote.ts'
import { enrollIn } from '#engine/steps/enroll-in.ts'
import { exit } from '#engine/steps/exit.ts'
import { goal } from '#engine/steps/goal.ts'
import { leaveJourney } from '#engine/steps/leave-journey.ts'
import { promote } from '#engine/steps/promote.ts'
import { recordEvent } from '#engine/steps/record-event.ts'
import { removeTag } from '#engine/steps/remove-tag.ts'
import { score } from '#engine/steps/score.ts'
import { setConsent } from '#engine/steps/set-consent.ts'
import { setField } from '#engine/steps/set-field.ts'
import { suppress } from '#engine/steps/suppress.ts'
import { aLead, aLibrary, commandOf, dayMs, monday, portOf, problemsOf, visit } from '#tests/support/step-visit.ts'

describe('promote and demote', () => {
  test('move stage and attention with a reason, and leave a trace', () => {
    const step = visit(promote, { stage: 'engaged', attention: 'hot', reason: 'Answered' })
    const outcome = step.run()
    expect(commandOf(outcome, 'set_stage')).toMatchObject({ stage: 'engaged', reason: 'Answered' })
    expect(commandOf(outcome, 'set_attention')).toMatchObject({ attention: 'hot' })
    expect(commandOf(outcome, 'record_event').properties).toMatchObject({ fromStage: 'new', toStage: 'engaged' })
  })

  test('only in their direction, unless told otherwise', () => {
    const facts = () => aLead({ stage: 'opportunity' })
    expect(visit(promote, { stage: 'engaged' }, { facts: facts() }).run().commands).toEqual([])
    expect(visit(demote, { stage: 'engaged' }, { facts: facts() }).run().commands).not.toEqual([])
    expect(
      commandOf(visit(promote, { stage: 'engaged', onlyInDirection: false }, { facts: facts() }).run(), 'set_stage')
        .stage,
    ).toBe('engaged')
  })

  test('a lost lead may begin again, and anybody may become inactive', () => {
    expect(
      commandOf(visit(promote, { stage: 'new' }, { facts: aLead({ stage: 'lost' }) }).run(), 'set_stage').stage,
    ).toBe('new')
    for (const stage of ['new', 'unqualified', 'lost', 'customer'] as const) {
      const outcome = visit(demote, { stage: 'inactive', attention: 'inactive' }, { facts: aLead({ stage }) }).run()
      expect(commandOf(outcome, 'set_stage').stage).toBe('inactive')
    }
  })

  test('a lead that was just moved is left alone during the cool-down, to the millisecond', () => {
    const facts = aLead()
    visit(promote, { stage: 'qualified' }, { facts }).run(monday)
    const next = visit(promote, { stage: 'engaged', coolDownDays: 7 }, { facts, enteredAt: monday })
    expect(next.peek(monday + 7 * dayMs - 1).commands).toEqual([])
    expect(commandOf(next.peek(monday + 7 * dayMs), 'set_stage').stage).toBe('engaged')
  })

  test('something must be chosen', () => {
    expect(problemsOf(promote, {})).toEqual(['STEP_CONFIG_INVALID stage'])
    expect(problemsOf(demote, { attention: 'cool' })).toEqual([])
  })
})

describe('score', () => {
  test.each([
    ['add', -4, 6],
    ['multiply', 0.5, 5],
    ['set', 3, 3],
  ] as const)('%s %d', (change, amount, expected) => {
    const facts = aLead({ score: 10 })
    visit(score, { change, amount }, { facts }).run()
    expect(facts.score).toBe(expected)
  })

  test('stays finite and asks for nothing when it stays the same', () => {
    const facts = aLead({ score: 1e12 })
    visit(score, { change: 'multiply', amount: 1000 }, { facts }).run()
    expect(Number.isFinite(facts.score)).toBe(true)
    expect(visit(score, { amount: 0 }).run().commands ?? []).toEqual([])
  })
})

describe('set field', () => {
  const library = aLibrary([], {
    fields: {
      tier: { key: 'tier', label: 'Tier', type: 'enum', options: ['gold'] },
      born: { key: 'born', label: 'Born', type: 'date' },
    },
  })

  test('writes and clears', () => {
    expect(commandOf(visit(setField, { field: 'tier', value: 'Gold' }, { library }).run(), 'set_field').value).toBe(
      'gold',
    )
    expect(commandOf(visit(setField, { field: 'tier' }, { library }).run(), 'set_field').value).toBeNull()
  })

  test('refuses unknown fields, read-only ones and values that do not fit', () => {
    expect(problemsOf(setField, { field: 'nothing', value: 1 }, library)).toEqual(['FIELD_UNKNOWN field'])
    expect(problemsOf(setField, { field: 'stage', value: 'lost' }, library)).toEqual(['FIELD_READ_ONLY field'])
    expect(problemsOf(setField, { field: 'born', value: 'soon' }, library)).toEqual(['STEP_CONFIG_INVALID value'])
  })

  test('a field that was retyped after the publish is left as it is', () => {
    expect(visit(setField, { field: 'born', value: 'soon' }, { library }).run().commands ?? []).toEqual([])
  })
})

describe('tags', () => {
  test('are added and removed once, whatever they are called', () => {
    for (const tag of ['vip', 'constructor']) {
      const facts = aLead()
      expect(commandOf(visit(addTag, { tag }, { facts }).peek(), 'add_tag').tag).toBe(tag)
      facts.tags[tag] = monday
      expect(visit(addTag, { tag }, { facts }).peek().commands ?? []).toEqual([])
      expect(commandOf(visit(removeTag, { tag }, { facts }).peek(), 'remove_tag').tag).toBe(tag)
    }
  })
})

test('suppress means every channel unless told otherwise', () => {
  const facts = aLead()
  visit(suppress, {}, { facts }).run()
  expect(Object.keys(facts.suppressed).sort()).toEqual(['email', 'phone', 'postcard'])
  expect(commandOf(visit(suppress, { channels: ['phone'] }).run(), 'suppress').channels).toEqual(['phone'])
})

test('a consent is recorded with the wording that was agreed to', () => {
  const facts = aLead()
  expect(commandOf(visit(setConsent, { wording: 'I agree' }, { facts }).run(), 'set_consent')).toMatchObject({
    state: 'granted',
    wording: 'I agree',
  })
  expect(facts.consents['nurture:email']?.state).toBe('granted')
  expect(setConsent.config.safeParse({ wording: '' }).success).toBe(false)
})

test('other journeys are entered and left by their key, which must exist', () => {
  expect(commandOf(visit(enrollIn, { journey: 'other' }).run(), 'enroll').journey).toBe('other')
  expect(commandOf(visit(leaveJourney, { journey: 'other' }).run(), 'leave_journey').journey).toBe('other')
  for (const step of [enrollIn, leaveJourney] as StepType[]) {
    expect(problemsOf(step, { journey: 'gone' })).toEqual(['REFERENCE_MISSING journey'])
    expect(problemsOf(step, { journey: 'other' })).toEqual([])
  }
})

test('an event is recorded with its properties', () => {
  const facts = aLead()
  expect(portOf(visit(recordEvent, { event: 'won', properties: { amount: 3 } }, { facts }).run())).toBe('next')
  expect(facts.events['won']).toEqual([{ type: 'won', occurredAt: monday, properties: { amount: 3 } }])
})

test('goal and exit end the journey with their words', () => {
  expect(visit(goal, { name: 'Bought' }).run()).toMatchObject({ kind: 'end', status: 'completed', reason: 'Bought' })
  expect(visit(exit, { reason: 'Not a fit' }).run()).toMatchObject({
    kind: 'end',
    status: 'completed',
    reason: 'Not a fit',
  })
})
