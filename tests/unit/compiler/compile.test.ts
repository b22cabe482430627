import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '#engine/definition/canonical.ts'
import { readDefinition } from '#engine/definition/upgrade.ts'
import { compiled, mail, manually, onEvent, places } from './graphs.ts'

const thankYou = () =>
  compiled(
    [
      ['start', 'entry', onEvent('form_submitted')],
      ['thanks', 'send_email', mail, { name: 'Thank you', notes: 'Ask Anna.' }],
      ['pause', 'wait', { duration: 'P3D' }],
      ['reply', 'wait_for_event', { event: 'replied', timeout: 'P7D' }],
      ['met', 'goal'],
      ['bye', 'exit'],
    ],
    ['start>thanks', 'thanks>pause', 'pause>reply', 'reply.happened>met', 'reply.timeout>bye'],
    {
      goal: { kind: 'in_segment', segment: 'warm' },
      exits: [{ id: 'lost', name: 'Lost', when: { kind: 'count', event: 'lost', op: 'gt', n: 0 } }],
    },
  )

describe('compile()', () => {
  test('makes a definition of steps with their defaults and ways', () => {
    const { definition, issues } = thankYou()
    expect(issues).toEqual([])
    expect(definition).toMatchObject({
      format: 1,
      entry: 'start',
      triggers: [{ id: 't', kind: 'event', event: 'form_submitted', where: [] }],
      steps: {
        start: { type: 'entry', next: { next: 'thanks' } },
        thanks: { type: 'send_email', name: 'Thank you', next: { next: 'pause' }, config: { purpose: 'nurture' } },
        pause: { name: 'Wait', config: { duration: 'P3D', businessDays: false } },
        reply: { next: { happened: 'met', timeout: 'bye' } },
        bye: { next: {} },
      },
    })
    expect(JSON.stringify(definition)).not.toContain('Anna')
  })

  test('keeps how often a step is tried, of steps that are tried; nothing else changes by it', () => {
    const tries = { tries: { maxAttempts: 2 } }
    const steps = (more: Record<string, unknown>) =>
      compiled(
        [
          ['start', 'entry', manually],
          ['hook', 'webhook', { url: 'https://example.com/' }, more],
          ['pause', 'wait', { duration: 'P3D' }, more],
          ['bye', 'exit'],
        ],
        ['start>hook', 'hook>pause', 'pause>bye'],
      )
    const { definition, hash } = steps(tries)
    expect(definition?.steps['hook']?.tries).toEqual({ maxAttempts: 2 })
    expect(definition?.steps['pause']).not.toHaveProperty('tries')
    expect(hash).not.toBe(steps({}).hash)
    expect(readDefinition(JSON.parse(canonicalJson(definition)))).toEqual(definition)
  })

  test('asks for all facts that steps, goal and exits look at', () => {
    const { definition } = thankYou()
    expect(definition?.needs).toEqual({ events: ['lost', 'replied'], surveys: [], deliveries: true, received: false })
    expect(definition?.segments).toEqual(['warm'])
    expect(definition?.watch.map(({ on }) => on)).toEqual([['field:attention', 'segment:warm'], ['event:lost']])
  })

  test('hashes the canonical JSON, and gives what reading that JSON gives', () => {
    const { definition, hash } = thankYou()
    const text = canonicalJson(definition)
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'))
    expect(JSON.stringify(definition)).toBe(text)
    expect(readDefinition(JSON.parse(text))).toEqual(definition)
  })

  test('warnings do not keep the definition back', () => {
    const result = compiled(
      [
        ['start', 'entry', manually],
        ['ask', 'branch_on_answer', { survey: 'why', question: 'reason', cases: [{ id: 'a', values: ['x'] }] }],
        ['bye', 'exit'],
      ],
      ['start>ask', 'ask.case:a>bye', 'ask.else>bye', 'ask.unanswered>bye'],
    )
    expect(places(result)).toEqual(['ANSWER_NEVER_ASKED ask question'])
    expect(result.definition).not.toBeNull()
  })

  test('a disabled step keeps only its first way out', () => {
    const result = compiled(
      [
        ['start', 'entry', manually],
        ['half', 'split', {}, { disabled: true }],
        ['one', 'exit'],
        ['two', 'exit'],
      ],
      ['start>half', 'half.way:a>one', 'half.way:b>two'],
    )
    expect(places(result)).toEqual(['STEP_DISABLED_BRANCH half'])
    expect(result.definition?.steps['half']).toMatchObject({ disabled: true, next: { 'way:a': 'one' } })
    expect(Object.keys(result.definition?.steps['half']?.next ?? {})).toEqual(['way:a'])
  })

  test('an error leaves no definition and no hash', () => {
    const result = compiled([['start', 'entry', manually]], [])
    expect(places(result)).toEqual(['STEP_PORT_UNWIRED start ports.next'])
    expect([result.definition, result.hash]).toEqual([null, null])
  })
})

describe('readDefinition()', () => {
  test.each([
    [null, 'format "undefined"'],
    [{ format: 2 }, 'format "2"'],
    [{ format: 1 }, 'is not whole'],
    [{ format: 1, entry: 'a', steps: {} }, 'is not whole'],
  ])('refuses %j', (json, message) => {
    expect(() => readDefinition(json)).toThrow(message)
    expect(() => readDefinition(json)).toThrow(expect.objectContaining({ code: 'DEFINITION_UNREADABLE' }))
  })
})
