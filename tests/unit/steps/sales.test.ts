import { describe, expect, test } from 'vitest'
import type { Json } from '#engine/facts.ts'
import { assignOwner } from '#engine/steps/assign-owner.ts'
import { createTask } from '#engine/steps/create-task.ts'
import { escalateToCall } from '#engine/steps/escalate-to-call.ts'
import {
  aLead,
  commandOf,
  dayMs,
  hourMs,
  monday,
  portOf,
  problemsOf,
  visit,
  wakeOf,
} from '#tests/support/step-visit.ts'

const call = { reason: 'Asked for prices twice', sla: 'PT4H' }
const downloaded = (at: number) => ({ downloaded: { count: 1, firstAt: at, lastAt: at } })

describe('escalate to call', () => {
  test('creates one task, due in business hours, and rests on its outcome', () => {
    const step = visit(escalateToCall, { ...call, escalation: [{ after: 'PT2H', action: 'reassign' }] })
    const outcome = step.run()
    expect(outcome).toMatchObject({
      kind: 'rest',
      wakeAt: Date.parse('2026-03-03T10:00:00Z'),
      on: expect.arrayContaining([
        'task:step:1',
        'field:do_not_call',
        'suppression:phone',
        'event:downloaded',
      ]) as string[],
    })
    expect(commandOf(outcome, 'create_task')).toMatchObject({
      taskKind: 'call',
      queue: 'sales',
      assignee: null,
      notBefore: null,
      dueAt: monday + 4 * hourMs,
      escalation: [{ afterMs: 2 * hourMs, action: 'reassign' }],
    })
    expect(step.run(monday + hourMs).commands ?? []).toEqual([])
    step.facts.own.tasks['step:1'] = { status: 'done', outcome: 'interested', at: monday + 1, reason: null }
    expect(portOf(step.run(monday + hourMs))).toBe('outcome:interested')
  })

  test('a short SLA late on Friday is due on Monday', () => {
    const friday = Date.parse('2026-03-06T16:00:00Z')
    expect(commandOf(visit(escalateToCall, call, { enteredAt: friday }).run(), 'create_task').dueAt).toBe(
      Date.parse('2026-03-09T12:00:00Z'),
    )
  })

  test('adds the sentence of the rule to the reason, and calls the owner', () => {
    const because = { kind: 'has_tag', tag: 'vip' }
    const facts = aLead({ tags: { vip: 1 }, fields: { owner_id: 'eva' } })
    const task = commandOf(
      visit(escalateToCall, { ...call, because, assignee: 'owner' }, { facts }).run(),
      'create_task',
    )
    expect(task.reason).toContain('Asked for prices twice')
    expect(task.reason).toContain('vip')
    expect(task.assignee).toBe('eva')
  })

  test('nobody on the do-not-call list gets a task', () => {
    const facts = aLead({ doNot: { email: false, postcard: false, phone: true } })
    const outcome = visit(escalateToCall, call, { facts }).run()
    expect(portOf(outcome)).toBe('refused')
    expect(outcome.commands ?? []).toEqual([])
  })

  test('who gets on the list while the task is open has it withdrawn', () => {
    const step = visit(escalateToCall, call)
    step.run()
    step.facts.suppressed.phone = { at: monday, reason: 'asked' }
    const outcome = step.run(monday + hourMs)
    expect(portOf(outcome)).toBe('refused')
    expect(commandOf(outcome, 'cancel_task').reason).toContain('suppressed')
  })

  test('within the cool-off after a download the task appears later, or not at all', () => {
    const given = () => ({ facts: aLead({ totals: downloaded(monday - dayMs) }) })
    const later = commandOf(visit(escalateToCall, call, given()).run(), 'create_task')
    expect(later.notBefore).toBe(monday + 2 * dayMs)
    expect(later.dueAt).toBe(monday + 2 * dayMs + 4 * hourMs)
    expect(portOf(visit(escalateToCall, { ...call, afterCoolOff: 'refuse' }, given()).run())).toBe('refused')
  })

  test('a call that was withdrawn because of a suppression is refused, not "not done"; one that was made counts', () => {
    const step = visit(escalateToCall, call)
    step.run()
    step.facts.suppressed.phone = { at: monday, reason: 'asked' }
    step.facts.own.tasks['step:1'] = { status: 'cancelled', outcome: null, at: monday, reason: 'Not any more.' }
    expect(portOf(step.peek())).toBe('refused')
    expect(step.peek().commands ?? []).toEqual([])
    step.facts.own.tasks['step:1'] = { status: 'done', outcome: 'interested', at: monday, reason: null }
    expect(portOf(step.peek())).toBe('outcome:interested')
  })

  test('a download after the task was created puts the call and its deadline off, once, or withdraws it', () => {
    const step = visit(escalateToCall, { ...call, expireAfter: 'P2D' })
    step.run()
    const at = monday + 2 * hourMs
    step.facts.totals = downloaded(at)
    const outcome = step.run(at)
    expect(commandOf(outcome, 'postpone_task')).toMatchObject({
      notBefore: at + 3 * dayMs,
      dueAt: Date.parse('2026-03-06T10:00:00Z'),
    })
    expect(wakeOf(outcome)).toBe('2026-03-09T14:00:00.000Z')
    expect(step.run(at + hourMs).commands ?? []).toEqual([])

    const refusing = visit(escalateToCall, { ...call, afterCoolOff: 'refuse' })
    refusing.run()
    refusing.facts.totals = downloaded(at)
    const refused = refusing.run(at)
    expect(portOf(refused)).toBe('refused')
    commandOf(refused, 'cancel_task')
  })

  test('a look at night changes nothing about a call that may be made by day', () => {
    const step = visit(escalateToCall, call)
    step.run()
    expect(step.run(Date.parse('2026-03-02T23:00:00Z')).commands ?? []).toEqual([])
  })

  test('a cool-off that ends at night puts the call off to the morning', () => {
    const step = visit(escalateToCall, call)
    step.run()
    const at = Date.parse('2026-03-02T23:00:00Z')
    step.facts.totals = downloaded(at)
    expect(commandOf(step.run(at), 'postpone_task')).toMatchObject({ notBefore: Date.parse('2026-03-06T08:00:00Z') })
  })

  test('outside the legal hours of the lead the task waits for them', () => {
    const outcome = visit(escalateToCall, call, {
      facts: aLead({ fields: { country: null } }),
      zone: 'America/Los_Angeles',
      enteredAt: Date.parse('2026-03-02T09:00:00Z'),
    }).run()
    expect(commandOf(outcome, 'create_task').notBefore).toBe(Date.parse('2026-03-02T16:00:00Z'))
  })

  test('is withdrawn when nobody calls in time', () => {
    const step = visit(escalateToCall, { ...call, expireAfter: 'P2D' })
    expect(wakeOf(step.run())).toBe('2026-03-04T12:00:00.000Z')
    expect(wakeOf(step.run(monday + dayMs))).toBe('2026-03-04T12:00:00.000Z')
    const outcome = step.run(monday + 2 * dayMs)
    expect(portOf(outcome)).toBe('expired')
    commandOf(outcome, 'cancel_task')
  })

  test('a task closed without an outcome counts as not done', () => {
    const step = visit(escalateToCall, call)
    step.run()
    step.facts.own.tasks['step:1'] = { status: 'cancelled', outcome: null, at: monday, reason: 'duplicate' }
    expect(portOf(step.run())).toBe('expired')
  })

  test('needs a deadline and distinct outcomes', () => {
    const outcomes = [
      { id: 'a', label: 'A' },
      { id: 'a', label: 'B' },
    ]
    expect(problemsOf(escalateToCall, { reason: 'x' })).toEqual(['TASK_WITHOUT_SLA sla'])
    expect(problemsOf(escalateToCall, { ...call, outcomes })).toEqual(['STEP_CONFIG_INVALID outcomes.1.id'])
    expect(problemsOf(escalateToCall, { ...call, expireAfter: 'P0D' })).toEqual(['DURATION_INVALID expireAfter'])
  })
})

describe('the ladder of an overdue task', () => {
  const escalation = [
    { after: 'P1D', action: 'manager' },
    { after: 'PT2H', action: 'remind' },
    { after: 'P2D', action: 'reassign' },
  ]
  // Due Monday 16:00; working days are Monday to Friday, 9 to 17.
  const instants = ['2026-03-03T10:00:00.000Z', '2026-03-03T16:00:00.000Z', '2026-03-04T16:00:00.000Z']
  const waiting = { title: 'Send a sample', waitForOutcome: true }

  for (const [name, start] of [
    ['a call', () => visit(escalateToCall, { ...call, escalation })],
    ['a task that is waited for', () => visit(createTask, { ...waiting, sla: 'PT4H', escalation })],
  ] as const) {
    test(`${name}: each rung is taken once, at its business instant, the earliest first`, () => {
      const step = start()
      const taken: unknown[] = []
      let outcome = step.run()
      for (let wake = wakeOf(outcome); wake !== null; wake = wakeOf(outcome)) {
        expect(step.run(Date.parse(wake) - 1).commands ?? []).toEqual([])
        outcome = step.run(Date.parse(wake))
        taken.push([wake, ...(outcome.commands ?? [])])
        expect(step.run(Date.parse(wake)).commands ?? []).toEqual([])
      }
      expect(taken).toEqual([
        [instants[0], { kind: 'escalate_task', action: 'remind', rung: 1 }],
        [instants[1], { kind: 'escalate_task', action: 'manager', rung: 2 }],
        [instants[2], { kind: 'escalate_task', action: 'reassign', rung: 3 }],
      ])
    })

    test(`${name}: nothing more happens once it is done`, () => {
      const step = start()
      step.run()
      step.facts.own.tasks['step:1'] = { status: 'done', outcome: 'done', at: monday, reason: null }
      const outcome = step.run(Date.parse('2026-03-10T12:00:00Z'))
      expect(portOf(outcome)).toBe('outcome:done')
      expect(outcome.commands ?? []).toEqual([])
    })
  }
})

describe('create task', () => {
  const task = { title: 'Send a sample', sla: 'P1D' }

  test('goes on at once, or waits for the outcome', () => {
    const quick = visit(createTask, task).run()
    expect(portOf(quick)).toBe('next')
    expect(commandOf(quick, 'create_task')).toMatchObject({
      taskKind: 'task',
      title: 'Send a sample',
      dueAt: monday + dayMs,
    })
    const step = visit(createTask, { ...task, waitForOutcome: true })
    expect(step.run()).toMatchObject({ kind: 'rest', on: ['task:step:1'] })
    expect(step.run().commands ?? []).toEqual([])
    step.facts.own.tasks['step:1'] = { status: 'done', outcome: 'done', at: monday, reason: null }
    expect(portOf(step.run())).toBe('outcome:done')
  })

  test('escalates only what is waited for, and says so', () => {
    const escalation = [{ after: 'PT2H', action: 'remind' }]
    expect(problemsOf(createTask, { ...task, escalation })).toEqual(['STEP_CONFIG_INVALID escalation'])
    expect(problemsOf(createTask, { ...task, escalation, waitForOutcome: true })).toEqual([])
  })

  test('its ports are those it leaves by', () => {
    const ports = (config: Record<string, unknown>) =>
      createTask.ports(createTask.config.parse({ ...task, ...config })).map(({ id }) => id)
    expect(ports({})).toEqual(['next'])
    expect(ports({ waitForOutcome: true })).toEqual(['outcome:done', 'expired'])
  })
})

describe('assign owner', () => {
  const owners = [{ id: 'eva' }, { id: 'max', weight: 3 }, { id: 'away', weight: 0 }]

  test('asks for somebody who takes leads, with a name drawn by shares for those nobody knows, the same always', () => {
    const counts: Record<string, number> = {}
    for (let lead = 0; lead < 2000; lead += 1) {
      const facts = aLead({ leadId: `lead-${lead}` })
      const { drawn, among } = commandOf(visit(assignOwner, { owners }, { facts }).run(), 'assign_owner')
      expect(among.map(({ id }) => id)).toEqual(['eva', 'max'])
      counts[String(drawn)] = (counts[String(drawn)] ?? 0) + 1
      expect(commandOf(visit(assignOwner, { owners }, { facts }).run(), 'assign_owner').drawn).toBe(drawn)
    }
    expect(Object.keys(counts).sort()).toEqual(['eva', 'max'])
    expect(counts['max'] ?? 0).toBeGreaterThan(1400)
    expect(counts['max'] ?? 0).toBeLessThan(1600)
  })

  test('looks again once somebody was found, or nobody', () => {
    const step = visit(assignOwner, { owners })
    expect(step.run()).toMatchObject({ kind: 'rest', wakeAt: null })
    expect(step.peek()).toMatchObject({ kind: 'rest', wakeAt: null })
    const found = (output: Json) => ({ status: 'done' as const, port: null, error: null, at: monday, output })
    step.facts.own.effects['step:1'] = found({ owner: null, reason: 'Nobody is free: max is away.' })
    expect(step.peek()).toMatchObject({ port: 'nobody', reason: 'Nobody is free: max is away.' })
    step.facts.own.effects['step:1'] = found({ owner: 'max' })
    expect(step.peek()).toMatchObject({ kind: 'leave', port: 'next', reason: 'Given to max.' })
  })

  test('keeps an owner unless told otherwise, and copes with nobody taking leads', () => {
    const facts = aLead({ fields: { owner_id: 'zoe' } })
    expect(visit(assignOwner, { owners }, { facts }).run().commands ?? []).toEqual([])
    commandOf(visit(assignOwner, { owners, keepExisting: false }, { facts }).run(), 'assign_owner')
    expect(portOf(visit(assignOwner, { owners: [{ id: 'away', weight: 0 }] }).run())).toBe('nobody')
  })
})
