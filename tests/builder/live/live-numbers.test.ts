// What Live makes of the counted numbers: connections, the river, overlays, a lead's path.
import { describe, expect, test } from 'vitest'
import type { Graph } from '#engine/graph/schema.ts'
import { shareOf } from '#engine/statistics/wilson.ts'
import type { JourneyStatistics, StepStatistics } from '#server/contract/journey-statistics.ts'
import type { LeadPath, PathVisit } from '#server/contract/journey-people.ts'
import { formatDuration } from '../../../builder/src/editor/live/durations.ts'
import { buildFlow, countEdges } from '../../../builder/src/editor/live/flow.ts'
import { compareSteps, countFailures, overlayMarks } from '../../../builder/src/editor/live/overlay-marks.ts'
import { rangeStart, untilNextHour } from '../../../builder/src/editor/live/live-view.ts'
import { pathMarks } from '../../../builder/src/editor/live/path-marks.ts'

const node = (id: string, type: string) => ({ id, type, config: {} })
const graph = {
  nodes: [node('entry', 'entry'), node('mail', 'send_email'), node('wait', 'wait_for_event'), node('end', 'exit')],
  edges: [
    { from: 'entry', port: 'next', to: 'mail' },
    { from: 'mail', port: 'next', to: 'wait' },
    { from: 'wait', port: 'event', to: 'end' },
    { from: 'wait', port: 'timeout', to: 'mail' },
  ],
  settings: {},
} as unknown as Graph

function step(stepId: string, given: Partial<StepStatistics> = {}): StepStatistics {
  return {
    stepId,
    entered: 0,
    left: 0,
    enrollments: 0,
    reachedGoal: 0,
    ended: { goal: 0, path: 0, early: 0 },
    taken: 0,
    medianMs: null,
    p90Ms: null,
    here: 0,
    paused: 0,
    parked: 0,
    ...given,
  }
}

const statistics = {
  steps: [
    step('entry', { left: 100, enrollments: 100, reachedGoal: 20, medianMs: 0, p90Ms: 0 }),
    step('mail', { left: 120, enrollments: 90, reachedGoal: 18, here: 3, parked: 2, medianMs: 60_000, p90Ms: 120_000 }),
    step('wait', {
      left: 80,
      enrollments: 80,
      reachedGoal: 16,
      here: 7,
      ended: { goal: 0, path: 0, early: 10 },
      medianMs: 3 * 86_400_000,
      p90Ms: 4 * 86_400_000,
    }),
    step('end', { left: 40, enrollments: 40, ended: { goal: 15, path: 25, early: 0 } }),
  ],
  ports: [
    { from: 'entry', port: 'next', left: 100 },
    { from: 'mail', port: 'next', left: 90 },
    { from: 'mail', port: 'skipped', left: 30 },
    { from: 'wait', port: 'event', left: 40 },
    { from: 'wait', port: 'timeout', left: 30 },
    { from: 'gone', port: 'next', left: 9 },
  ],
} as JourneyStatistics

test('a range begins on the hour and moves on with the next one', () => {
  const now = Date.parse('2026-11-22T10:59:30Z')
  expect(rangeStart('1d', now)).toBe('2026-11-21T10:00:00.000Z')
  expect(untilNextHour(now)).toBe(30_000)
  expect(rangeStart('1d', now + untilNextHour(now))).toBe('2026-11-21T11:00:00.000Z')
})

describe('connections', () => {
  test('a way out that is not drawn goes on by the one the engine takes; steps that are not drawn count nowhere', () => {
    expect(Object.fromEntries(countEdges(graph, statistics.ports))).toEqual({
      'entry:next': 100,
      'mail:next': 120,
      'wait:event': 40,
      'wait:timeout': 30,
    })
  })

  test('the river has no circle, and everybody who left or is here is in it', () => {
    const { nodes, links } = buildFlow(graph, statistics)
    expect(links.find(({ source, port }) => source === 'wait' && port === 'timeout')?.target).toBe('back mail')
    const targets = new Map<string, string[]>()
    for (const { source, target } of links) targets.set(source, [...(targets.get(source) ?? []), target])
    const reach = (id: string, seen: ReadonlySet<string>): boolean =>
      seen.has(id) || (targets.get(id) ?? []).some((next) => reach(next, new Set([...seen, id])))
    expect(nodes.some(({ id }) => reach(id, new Set()))).toBe(false)
    const sumTo = (target: string) =>
      links.filter((link) => link.target === target).reduce((sum, { value }) => sum + value, 0)
    expect({ here: sumTo('end here'), goal: sumTo('end goal'), early: sumTo('end early') }).toEqual({
      here: 10,
      goal: 15,
      early: 10,
    })
  })
})

describe('overlays', () => {
  const textOf = (overlay: Parameters<typeof overlayMarks>[1], id: string, before: JourneyStatistics | null = null) =>
    overlayMarks(graph, overlay, statistics, before).get(id)

  test('say the number and are darker the larger it is', () => {
    expect(textOf('conversion', 'entry')).toEqual({ text: '20% to goal', tint: 4 })
    expect(textOf('dropoff', 'wait')).toEqual({ text: '12.5% · 10 out', tint: 4 })
    expect(textOf('dropoff', 'entry')?.tint).toBe(0)
    expect(textOf('dropoff', 'end')).toEqual({ text: '40 end here', tint: 0 })
    expect(textOf('time', 'wait')).toEqual({ text: '3 d · p90 4 d', tint: 4 })
    expect(textOf('time', 'mail')?.tint).toBe(1)
    expect(textOf('errors', 'mail')?.text).toBe('32 not done · 26.2%')
  })

  test('a connection is as wide as its flow and tells its share of its step', () => {
    const marks = overlayMarks(graph, 'counts', statistics, null)
    expect(marks.get('wait:event')).toEqual({ text: '40 · 57.1%', tint: 0, flow: 40 / 120 })
    expect(marks.get('mail:next')).toEqual({ text: '120', tint: 0, flow: 1 })
    expect(marks.has('mail')).toBe(false)
  })

  test('compared, each tells how it was before', () => {
    const before = { ...statistics, steps: [step('entry', { enrollments: 100, reachedGoal: 25 })] }
    expect(textOf('conversion', 'entry', before)?.text).toBe('20% to goal (−5 pts)')
    expect(textOf('conversion', 'mail', before)?.text).toBe('20% to goal')
  })

  test('compared counts are visits and ways, also where nobody came now or then', () => {
    const before = {
      ...statistics,
      steps: [step('entry', { left: 100 }), step('mail', { left: 90 })],
      ports: [{ from: 'wait', port: 'event', left: 46 }],
    }
    expect(textOf('counts', 'entry', before)?.text).toBe('100 passed')
    expect(textOf('counts', 'mail', before)).toEqual({ text: '120 passed (+30)', tint: 0 })
    expect(textOf('counts', 'wait', before)?.text).toBe('80 passed (+80)')
    expect(textOf('counts', 'wait:event', before)?.text).toBe('40 · 57.1% (−6)')
    expect(compareSteps(graph, 'counts', statistics, before)[1]).toEqual({
      id: 'mail',
      now: '120',
      before: '90',
      change: '+30',
    })
  })

  test('of some leads only, each step tells who is there and who passed', () => {
    expect(overlayMarks(graph, 'counts', statistics, null, true).get('mail')?.text).toBe('3 here · 120 passed')
  })

  test('failures are those parked and those who left by a way out that means failure', () => {
    expect(countFailures(step('mail', { parked: 2 }), statistics.ports)).toBe(32)
  })
})

describe('a lead’s path', () => {
  const visit = (id: string, from: number, to: number | null, port: string | null, next: string | null): PathVisit => ({
    step: { id, name: id },
    type: '',
    visit: 1,
    version: 1,
    enteredAt: new Date(from * 3_600_000).toISOString(),
    leftAt: to === null ? null : new Date(to * 3_600_000).toISOString(),
    port,
    to: next,
    reason: '',
    detail: null,
  })
  const path = {
    shown: 'e',
    now: '2026-12-01T09:00:00.000Z',
    enrollments: [{ id: 'e', status: 'active', finishedAt: null, nextAt: '2026-12-03T09:00:00.000Z' }],
    visits: [
      visit('entry', 0, 0, 'next', 'mail'),
      visit('mail', 0, 0, 'skipped', 'wait'),
      visit('wait', 0, 52, 'timeout', 'mail'),
      visit('mail', 52, 53, 'next', 'wait'),
      visit('wait', 53, null, null, null),
    ],
  } as unknown as LeadPath

  test('lights steps and connections, with how long it took, and where it waits until when', () => {
    const marks = pathMarks(graph, path)
    expect(marks.get('wait:timeout')).toMatchObject({ visits: 1, label: '2 d 4 h' })
    expect(marks.get('mail:next')).toMatchObject({ visits: 2, label: '1 h · 2×' })
    expect(marks.get('mail')?.visits).toBe(2)
    expect(marks.get('wait')).toMatchObject({ visits: 2, isCurrent: true, isFailed: false })
    expect(marks.get('wait')?.label).toMatch(/^Thu/)
    expect(marks.has('end')).toBe(false)
  })

  test('a step that failed is where it stops', () => {
    const [enrollment] = path.enrollments
    const parked = { ...path, enrollments: [{ ...enrollment, status: 'parked', nextAt: null }] } as unknown as LeadPath
    expect(pathMarks(graph, parked).get('wait')).toMatchObject({ isCurrent: false, isFailed: true })
  })
})

test('time spans are told by their two largest units', () => {
  expect([0, 400, 59_000, 61_000, 3_600_000, 90_061_000, 172_800_000].map(formatDuration)).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '1 d 1 h',
    '2 d',
  ])
})

test('a share of few is unsure, of none is not told, and stays between 0 and 1', () => {
  expect(shareOf(0, 0)).toBeNull()
  const few = shareOf(1, 2)
  const many = shareOf(500, 1000)
  expect((few?.high ?? 0) - (few?.low ?? 0)).toBeGreaterThan(0.6)
  expect((many?.high ?? 0) - (many?.low ?? 0)).toBeLessThan(0.07)
  // The textbook value: 1 of 10 lies between 1.8 % and 40.4 %.
  expect(shareOf(1, 10)?.low).toBeCloseTo(0.0179, 3)
  expect(shareOf(1, 10)?.high).toBeCloseTo(0.4042, 3)
  expect(shareOf(0, 10)).toMatchObject({ share: 0, low: 0 })
})
