/** Every problem the compiler reports, at its step and place. */
import { describe, expect, test } from 'vitest'
import { always, compiled, mail, manually, places, type NodeInput } from './graphs.ts'

const start: NodeInput = ['start', 'entry', manually]
const bye: NodeInput = ['bye', 'exit']
const wait: NodeInput = ['wait', 'wait', { duration: 'P1D' }]

describe('the shape of the graph', () => {
  test('reports ids used twice', () => {
    const result = compiled([start, bye, ['bye', 'exit']], ['start>bye'])
    expect(places(result)).toEqual(['GRAPH_DUPLICATE_NODE bye'])
    expect(result.issues[0]?.message).toBe('2 steps have the id "bye"; give each its own.')
  })

  test('reports ids that JavaScript objects carry already', () => {
    const result = compiled([start, ['constructor', 'exit']], ['start>constructor'])
    expect(places(result)).toEqual(['GRAPH_MALFORMED constructor id'])
  })

  test('reports connections to and from nowhere', () => {
    const result = compiled([start, bye], ['start>bye', 'ghost>bye', 'start.next>ghost'])
    expect(places(result)).toEqual([
      'GRAPH_DANGLING_EDGE - edges.1',
      'GRAPH_DANGLING_EDGE start ports.next',
      'GRAPH_DUPLICATE_EDGE start ports.next',
    ])
  })

  test('reports two connections from one way out', () => {
    const result = compiled([start, bye, ['end', 'exit', {}, { name: 'The end' }]], ['start>bye', 'start>end'])
    expect(places(result)).toEqual(['GRAPH_DUPLICATE_EDGE start ports.next'])
    expect(result.issues[0]?.message).toBe('2 connections leave "Entry" by "next" (to "Exit", "The end"); keep one.')
  })

  test('reports ways out that the step does not have', () => {
    const result = compiled([start, wait, bye], ['start>wait', 'wait>bye', 'wait.timeout>bye'])
    expect(places(result)).toEqual(['GRAPH_UNKNOWN_PORT wait ports.timeout'])
    expect(result.issues[0]?.message).toContain('"timeout", which is not a way out of this step (it has "next")')
  })

  test('reports a journey without entry, and nothing else because of it', () => {
    expect(places(compiled([bye], []))).toEqual(['GRAPH_NO_ENTRY -'])
    expect(places(compiled([], []))).toEqual(['GRAPH_NO_ENTRY -'])
  })

  test('reports an entry that is switched off', () => {
    const result = compiled([['start', 'entry', manually, { disabled: true }], bye], ['start>bye'])
    expect(places(result)).toEqual(['GRAPH_NO_ENTRY start'])
  })

  test('reports every entry when there are several', () => {
    const result = compiled([start, ['other', 'entry', manually], bye], ['start>bye', 'other>bye'])
    expect(places(result)).toEqual(['GRAPH_MANY_ENTRIES other', 'GRAPH_MANY_ENTRIES start'])
  })

  test('reports connections and jumps back into the entry', () => {
    const edges = ['start>fork', 'fork.left>wait', 'wait>start', 'fork.right>hop']
    const result = compiled([start, ['fork', 'test_fork'], wait, ['hop', 'test_hop', { target: 'start' }]], edges)
    expect(places(result)).toContain('GRAPH_EDGE_INTO_ENTRY wait ports.next')
    expect(places(result)).toContain('GRAPH_EDGE_INTO_ENTRY hop')
  })

  test('reports each step that nothing leads to', () => {
    const result = compiled([start, bye, wait, ['far', 'exit']], ['start>bye', 'wait>far'])
    expect(places(result)).toEqual(['STEP_UNREACHABLE far', 'STEP_UNREACHABLE wait'])
  })

  test('a step that is only jumped to is reached', () => {
    const nodes: NodeInput[] = [start, wait, ['again', 'go_to', { target: 'wait' }], bye]
    expect(places(compiled(nodes, ['start>again', 'wait>again', 'again.limit>bye']))).toEqual([])
  })

  test('reports ways out that lead nowhere, but not optional ones', () => {
    const result = compiled([start, ['fork', 'test_fork', {}, { name: 'Which way' }]], ['start>fork'])
    expect(places(result)).toEqual(['STEP_PORT_UNWIRED fork ports.left'])
    expect(result.issues[0]?.message).toBe(
      '"Which way" leads nowhere by "Left"; connect it to a step, for example an exit.',
    )
  })
})

describe('circles', () => {
  test('reports a circle in which no time passes, once, with the way round', () => {
    const nodes: NodeInput[] = [
      start,
      ['a', 'test_fork', {}, { name: 'A' }],
      ['b', 'test_fork', {}, { name: 'B' }],
      ['c', 'test_fork', {}, { name: 'C' }],
    ]
    const result = compiled(nodes, ['start>b', 'a.left>b', 'b.left>c', 'c.left>a'])
    expect(places(result)).toEqual(['CYCLE_WITHOUT_WAIT b'])
    expect(result.issues[0]?.message).toContain('"B" → "C" → "A" → "B"')
  })

  test('a wait anywhere in the circle allows it', () => {
    const result = compiled([start, ['a', 'test_fork'], wait], ['start>a', 'a.left>wait', 'wait>a'])
    expect(places(result)).toEqual([])
  })

  test('a wait that can be passed by does not', () => {
    const result = compiled([start, ['a', 'test_fork'], wait], ['start>a', 'a.left>wait', 'wait>a', 'a.right>a'])
    expect(places(result)).toEqual(['CYCLE_WITHOUT_WAIT a'])
  })

  test('a wait that is switched off does not', () => {
    const off: NodeInput = ['wait', 'wait', { duration: 'P1D' }, { disabled: true }]
    const result = compiled([start, ['a', 'test_fork'], off], ['start>a', 'a.left>wait', 'wait>a'])
    expect(places(result)).toEqual(['CYCLE_WITHOUT_WAIT a'])
  })

  test('jumps are part of circles', () => {
    const nodes: NodeInput[] = [start, ['a', 'test_fork'], ['again', 'go_to', { target: 'a' }], bye]
    const result = compiled(nodes, ['start>a', 'a.left>again', 'again.limit>bye'])
    expect(places(result)).toEqual(['CYCLE_WITHOUT_WAIT a'])
  })

  test('a way that a disabled step closes is no way', () => {
    const nodes: NodeInput[] = [start, ['half', 'split', {}, { disabled: true }], bye]
    const result = compiled(nodes, ['start>half', 'half.way:a>bye', 'half.way:b>half'])
    expect(places(result)).toEqual(['STEP_DISABLED_BRANCH half'])
  })
})

describe('steps', () => {
  test('reports unknown types, without guessing at their ways out', () => {
    const result = compiled([start, ['x', 'teleport'], bye], ['start>x', 'x.anywhere>bye'])
    expect(places(result)).toEqual(['STEP_TYPE_UNKNOWN x'])
    expect(result.issues[0]?.message).toContain('There is no step type "teleport"')
  })

  test('reports every mistake in a config at its place', () => {
    const nodes: NodeInput[] = [
      start,
      ['mail', 'send_email', { subject: 7, bodi: 'x', purpose: 'fun', staleAfter: '3 days' }],
      bye,
    ]
    const result = compiled(nodes, ['start>mail', 'mail>bye'])
    expect(places(result)).toEqual([
      'DURATION_INVALID mail staleAfter',
      'STEP_CONFIG_INVALID mail bodi',
      'STEP_CONFIG_INVALID mail body',
      'STEP_CONFIG_INVALID mail purpose',
      'STEP_CONFIG_INVALID mail subject',
    ])
    expect(result.issues.map(({ message }) => message)).toEqual([
      '"staleAfter" is "3 days": write a duration in ISO 8601, for example P3D or PT4H.',
      '"bodi" is not known here; correct its name or remove it.',
      '"body" is missing; fill it in.',
      '"purpose" is "fun": write one of "nurture", "promotional", "transactional".',
      '"subject" is "7": write a text here.',
    ])
  })

  test('reports mistakes deep in a rule of a config', () => {
    const when = { kind: 'all', rules: [{ kind: 'compare', field: 'stage', op: 'resembles' }, { kind: 'maybe' }] }
    const result = compiled(
      [start, ['if', 'branch', { cases: [{ id: 'a', name: 'A', when }] }], bye],
      ['start>if', 'if.case:a>bye', 'if.else>bye'],
    )
    expect(places(result)).toEqual([
      'STEP_CONFIG_INVALID if cases.0.when.rules.0.op',
      'STEP_CONFIG_INVALID if cases.0.when.rules.1.kind',
    ])
  })

  test('a rule nested ten thousand deep is a problem of its step, not a crash', () => {
    let when: unknown = { kind: 'always' }
    for (let depth = 0; depth < 10_000; depth += 1) when = { kind: 'not', rule: when }
    const result = compiled(
      [start, ['if', 'branch', { cases: [{ id: 'a', name: 'A', when }] }], bye],
      ['start>if', 'if.case:a>bye', 'if.else>bye'],
    )
    expect(result.definition).toBeNull()
    expect(new Set(result.issues.map(({ nodeId }) => nodeId))).toEqual(new Set(['if']))
  })

  test('a step type that throws is a problem of its step', () => {
    const result = compiled([start, ['x', 'test_broken'], bye], ['start>x', 'x>bye'])
    expect(places(result)).toEqual(['STEP_CONFIG_INVALID x'])
    expect(result.issues[0]?.message).toContain('"test_broken" failed with "no ports today"')
  })

  test('reports what step types check themselves: splits, timeouts, references, jumps', () => {
    const nodes: NodeInput[] = [
      start,
      [
        'half',
        'split',
        {
          ways: [
            { id: 'a', percent: 50 },
            { id: 'b', percent: 40 },
          ],
        },
      ],
      ['reply', 'wait_for_event', { event: 'replied' }],
      ['asset', 'send_asset', { asset: 'no-such' }],
      ['survey', 'send_survey', { survey: 'no-such', ...mail }],
      ['again', 'go_to', { target: 'no-such' }],
      bye,
    ]
    const edges = ['start>half', 'half.way:a>reply', 'half.way:b>asset', 'reply.happened>survey', 'reply.timeout>bye']
    const result = compiled(nodes, [...edges, 'asset>again', 'survey>bye', 'again.limit>bye'])
    expect(places(result)).toEqual([
      'SPLIT_NOT_100 half ways',
      'WAIT_WITHOUT_TIMEOUT reply timeout',
      'REFERENCE_MISSING survey survey',
      'REFERENCE_MISSING asset asset',
      'GOTO_TARGET_MISSING again target',
    ])
  })

  test('reports jumps to nowhere of step types that do not check them', () => {
    const result = compiled([start, ['hop', 'test_hop', { target: 'moon' }]], ['start>hop'])
    expect(places(result)).toEqual(['GOTO_TARGET_MISSING hop target'])
  })

  test('reports time zones that do not exist, of triggers and custom steps too', () => {
    const friday = { id: 't', kind: 'schedule', days: ['fri'], time: '09:00', zone: 'Europe/Pari', segment: always }
    const nodes: NodeInput[] = [
      ['start', 'entry', { triggers: [friday] }],
      ['at', 'wait_until_time', { zone: 'Mars/Olympus' }],
      ['fork', 'test_fork', { zone: '+02:00' }],
      ['fine', 'test_fork', { zone: 'lead' }],
      bye,
    ]
    const result = compiled(nodes, ['start>at', 'at>fork', 'fork.left>fine', 'fine.left>bye'])
    expect(places(result)).toEqual([
      'ZONE_UNKNOWN start triggers.0.zone',
      'ZONE_UNKNOWN at zone',
      'ZONE_UNKNOWN fork zone',
    ])
  })

  test('reports lengths of time that are absurd', () => {
    const nodes: NodeInput[] = [
      start,
      ['wait', 'wait', { duration: 'P999Y' }],
      ['fork', 'test_fork', { for: 'P99999999999999999999D' }],
      bye,
    ]
    const result = compiled(nodes, ['start>wait', 'wait>fork', 'fork.left>bye'])
    expect(places(result)).toEqual(['DURATION_INVALID wait duration', 'DURATION_INVALID fork for'])
  })

  test('reports variables nobody fills, once each, in custom steps too', () => {
    const nodes: NodeInput[] = [
      start,
      ['mail', 'send_email', { subject: 'Hi {{ lead.nmae }}', body: '{{ lead.first_name | upcase }} {{ wether }}' }],
      ['fork', 'test_fork', { text: 'Hello {{ lead.first_name' }],
      bye,
    ]
    const result = compiled(nodes, ['start>mail', 'mail>fork', 'fork.left>bye'])
    expect(places(result)).toEqual([
      'MESSAGE_VARIABLE_UNKNOWN mail body',
      'MESSAGE_VARIABLE_UNKNOWN mail subject',
      'MESSAGE_TEMPLATE_INVALID fork text',
    ])
  })

  test('warns of a disabled step with several ways out', () => {
    const nodes: NodeInput[] = [start, ['half', 'split', {}, { disabled: true, name: 'Half' }], bye, ['end', 'exit']]
    const result = compiled(nodes, ['start>half', 'half.way:a>bye', 'half.way:b>end'])
    expect(result.issues).toEqual([
      expect.objectContaining({ code: 'STEP_DISABLED_BRANCH', severity: 'warning', nodeId: 'half' }),
    ])
    expect(result.issues[0]?.message).toContain('"Half" is switched off: everybody leaves it by "A"')
  })

  test('what a disabled step would do wrong is a warning only', () => {
    const nodes: NodeInput[] = [start, ['asset', 'send_asset', { asset: 'no-such' }, { disabled: true }], bye]
    const result = compiled(nodes, ['start>asset', 'asset>bye'])
    expect(result.issues.map(({ code, severity }) => [code, severity])).toContainEqual(['REFERENCE_MISSING', 'warning'])
    expect(result.definition).not.toBeNull()
  })
})

describe('the entry', () => {
  test('reports triggers by forms that are not there or not open', () => {
    const triggers = ['contact', 'no-such', 'closed'].map((form) => ({ id: form, kind: 'form', form }))
    const result = compiled([['start', 'entry', { triggers }], bye], ['start>bye'])
    expect(places(result)).toEqual([
      'REFERENCE_MISSING start triggers.1.form',
      'REFERENCE_MISSING start triggers.2.form',
    ])
  })

  test('reports triggers with the same id, and dates that are none', () => {
    const triggers = [
      { id: 't', kind: 'date_field', field: 'no_such' },
      { id: 't', kind: 'date_field', field: 'first_name' },
      { id: 'u', kind: 'date_field', field: 'birthday' },
    ]
    const result = compiled([['start', 'entry', { triggers }], bye], ['start>bye'])
    expect(places(result)).toEqual([
      'FIELD_UNKNOWN start triggers.0.field',
      'OPERATOR_NOT_FOR_TYPE start triggers.1.field',
      'STEP_CONFIG_INVALID start triggers.1.id',
    ])
  })
})

describe('rules', () => {
  const unknown = { kind: 'compare', field: 'no_such', op: 'is', value: 'x' }

  test('are checked wherever they stand, each at its path', () => {
    const triggers = [{ id: 't', kind: 'segment_entered', segment: { kind: 'in_segment', segment: 'no-such' } }]
    const only = { kind: 'not', rule: unknown }
    const nodes: NodeInput[] = [
      ['start', 'entry', { triggers, only }],
      ['if', 'branch', { cases: [{ id: 'a', name: 'A', when: { kind: 'all', rules: [always, unknown] } }] }],
      bye,
    ]
    const settings = {
      goal: unknown,
      exits: [
        { id: 'e', name: 'E', when: always },
        { id: 'f', name: 'F', when: { kind: 'received', asset: 'no-such' } },
      ],
    }
    const result = compiled(nodes, ['start>if', 'if.case:a>bye', 'if.else>bye'], settings)
    expect(places(result)).toEqual([
      'FIELD_UNKNOWN - settings.goal.field',
      'REFERENCE_MISSING - settings.exits.1.when.asset',
      'FIELD_UNKNOWN start only.rule.field',
      'REFERENCE_MISSING start triggers.0.segment.segment',
      'FIELD_UNKNOWN if cases.0.when.rules.1.field',
    ])
  })
})

describe('settings', () => {
  test('reports an unknown zone, an absurd cool-off, missing days and exits with one id', () => {
    const exit = { id: 'e', name: 'Lost', when: always }
    const result = compiled([start, bye], ['start>bye'], {
      zone: 'Nowhere',
      callCoolOff: 'P100Y',
      reenrollment: { policy: 'after_days' },
      exits: [exit, exit],
    })
    expect(places(result)).toEqual([
      'DURATION_INVALID - settings.callCoolOff',
      'GRAPH_MALFORMED - settings.exits.1.id',
      'GRAPH_MALFORMED - settings.reenrollment.days',
      'ZONE_UNKNOWN - settings.zone',
    ])
  })
})

test('all problems come at once, the journey first, then step by step as a reader meets them', () => {
  const nodes: NodeInput[] = [
    ['zz', 'entry', manually],
    ['aa', 'wait', { duration: 'soon' }],
    ['mm', 'teleport'],
    ['lost', 'exit'],
  ]
  const result = compiled(nodes, ['zz>mm', 'mm.out>aa', 'aa>ghost'], { zone: 'Nowhere' })
  expect(places(result)).toEqual([
    'ZONE_UNKNOWN - settings.zone',
    'STEP_TYPE_UNKNOWN mm',
    'DURATION_INVALID aa duration',
    'GRAPH_DANGLING_EDGE aa ports.next',
    'STEP_UNREACHABLE lost',
  ])
})
