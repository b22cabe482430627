// Every fix that is offered solves its problem and keeps the graph well formed; and the fixes there should be are there.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compiler/compile.ts'
import { fixesFor, type Fix, type FixContext } from '#engine/fixes/fixes-for.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { graphSchema, layoutSchema, type GraphNode } from '#engine/graph/schema.ts'
import type { Issue, IssueCode } from '#engine/issues.ts'
import { assetSchema, emptyLibrary, surveySchema, type Library } from '#engine/library.ts'
import { registry, rewiredGraphs, validGraphs } from '../compiler/random-graphs.ts'
import { always, spoiltSteps } from './spoilt-steps.ts'

const seed = 20_261_122

const library: Library = {
  ...emptyLibrary(),
  fields: { budget: { key: 'budget', label: 'Budget', type: 'number' } },
  segments: { warm: { kind: 'compare', field: 'score', op: 'gt', value: 5 } },
  assets: {
    guide: assetSchema.parse({ key: 'guide', title: 'The guide', url: 'https://example.com/guide' }),
    offer: assetSchema.parse({
      key: 'offer',
      title: 'The offer',
      url: 'https://example.com/offer',
      kind: 'promotional',
    }),
  },
  pools: { offers: { key: 'offers', name: 'Offers', assets: ['offer'] } },
  surveys: {
    fit: surveySchema.parse({
      key: 'fit',
      title: 'Fit',
      questions: [
        {
          id: 'size',
          type: 'single',
          text: 'How big?',
          options: [
            { value: 'small', label: 'Small' },
            { value: 'large', label: 'Large' },
          ],
        },
      ],
    }),
  },
}
const journeys = new Set(['other', 'welcome'])

function issuesOf(document: JourneyDocument): Issue[] {
  return compile(document.graph, { library, journeys, registry }).issues
}
const contextOf = (document: JourneyDocument): FixContext => ({ document, library, journeys, registry })

/** Where several problems of one kind may follow each other at one place, the words tell them apart. */
function identity({ code, nodeId, path, message }: Issue): string {
  const isNumbered = code === 'MESSAGE_VARIABLE_UNKNOWN' || path.some((part) => typeof part === 'number')
  return JSON.stringify([code, nodeId ?? null, path, isNumbered ? message : ''])
}

/** What is wrong with the shape itself. */
function malformations({ graph, layout }: JourneyDocument): string[] {
  const ids = graph.nodes.map(({ id }) => id)
  const known = new Set(ids)
  const ways = graph.edges.map(({ from, port }) => `${from} ${port}`)
  return [
    ...(graphSchema.safeParse(graph).success && layoutSchema.safeParse(layout).success ? [] : ['schema']),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice ${id}`),
    ...ways.filter((way, index) => ways.indexOf(way) !== index).map((way) => `way ${way}`),
    ...graph.edges.flatMap(({ from, to }) => [from, to].filter((id) => !known.has(id)).map((id) => `loose ${id}`)),
    ...Object.keys(layout.positions).filter((id) => !known.has(id)),
  ]
}

/** Some of the ways a fix can be applied. */
function applications(fix: Fix): { name: string; apply: (document: JourneyDocument) => JourneyDocument }[] {
  if (fix.choices === undefined) return [{ name: fix.title, apply: (document) => fix.apply(document) }]
  const choices = fix.choices()
  expect(choices).not.toEqual([])
  return [...choices.slice(0, 2), ...choices.slice(-1)].map(({ value }) => ({
    name: `${fix.title} ${value}`,
    apply: (document) => fix.apply(document, value),
  }))
}

function expectFixesToWork(document: JourneyDocument): Set<string> {
  const fixed = new Set<string>()
  const before = malformations(document)
  const text = JSON.stringify(document)
  for (const issue of issuesOf(document)) {
    const fixes = fixesFor(issue, contextOf(document))
    expect(new Set(fixes.map(({ id }) => id)).size).toBe(fixes.length)
    for (const { name, apply } of fixes.flatMap(applications)) {
      const after = apply(document)
      const said = `${issue.message} → ${name}`
      const left = issuesOf(after)
        .map(identity)
        .filter((one) => one === identity(issue))
      const broken = malformations(after).filter((one) => !before.includes(one))
      expect({ said, left, broken }).toEqual({ said, left: [], broken: [] })
      fixed.add(issue.code)
    }
  }
  expect(JSON.stringify(document)).toBe(text)
  return fixed
}

const layout = layoutSchema.parse({})

describe('fixes', () => {
  test('of connections, in journeys led astray at random', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(rewiredGraphs, (graph) => {
        for (const code of expectFixesToWork({ graph, layout })) seen.add(code)
      }),
      { seed, numRuns: 150 },
    )
    expect(seen).toEqual(
      new Set([
        'GRAPH_DANGLING_EDGE',
        'STEP_UNREACHABLE',
        'STEP_PORT_UNWIRED',
        'STEP_DISABLED_BRANCH',
        'CYCLE_WITHOUT_WAIT',
        'GRAPH_EDGE_INTO_ENTRY',
      ]),
    )
  })

  test('of settings spoilt anywhere in a whole journey', () => {
    const broken = fc.record({ graph: validGraphs, spoilt: fc.subarray(spoiltSteps.map((_, index) => index)) })
    fc.assert(
      fc.property(broken, ({ graph, spoilt }) => {
        const nodes = spoilt.map((index) => spoiltSteps[index]?.node ?? { id: 'none', type: 'exit', config: {} })
        expectFixesToWork({ graph: { ...graph, nodes: [...graph.nodes, ...nodes] }, layout })
      }),
      { seed, numRuns: 12 },
    )
  })
})

/** entry → step → exit, all its ways led to the exit. */
function documentWith(node: GraphNode, more: Partial<JourneyDocument['graph']> = {}): JourneyDocument {
  const ports = registry.get(node.type)?.config.safeParse(node.config)
  const ways = ports?.success === true ? (registry.get(node.type)?.ports(ports.data) ?? []) : []
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 't', kind: 'manual' }] } },
      node,
      { id: 'end', type: 'exit' },
    ],
    edges: [
      { from: 'entry', port: 'next', to: node.id },
      ...ways.map(({ id }) => ({ from: node.id, port: id, to: 'end' })),
    ],
    ...more,
  })
  return { graph, layout }
}

describe('a problem of one step is offered its fix', () => {
  for (const { code, offers, node } of spoiltSteps) {
    test(`${code} in ${node.type}: ${offers}`, () => {
      const document = documentWith(node)
      const issue = issuesOf(document).find((one) => one.code === code)
      expect(issuesOf(document).map((one) => one.code)).toContain(code)
      const fixes = issue === undefined ? [] : fixesFor(issue, contextOf(document))
      expect(fixes.map(({ title }) => title)).toContain(offers)
      expectFixesToWork(document)
    })
  }
})

describe('a problem of the whole journey is offered its fix', () => {
  const exit = { id: 'middle', type: 'wait', config: { duration: 'P1D' } }
  const entry = (id: string, triggers: unknown) => ({ id, type: 'entry', config: { triggers } })
  const whole: [IssueCode, string, JourneyDocument][] = [
    [
      'GRAPH_NO_ENTRY',
      'Add an entry',
      documentWith(exit, { nodes: [exit, { id: 'end', type: 'exit', config: {} }], edges: [] }),
    ],
    [
      'GRAPH_NO_ENTRY',
      'Switch it on',
      documentWith(exit, {
        nodes: [{ ...entry('entry', [{ id: 't', kind: 'manual' }]), disabled: true }, exit],
        edges: [],
      }),
    ],
    [
      'GRAPH_MANY_ENTRIES',
      'Keep this one, with all the triggers',
      documentWith(exit, {
        nodes: [entry('a', [{ id: 't', kind: 'manual' }]), entry('b', [{ id: 't', kind: 'import' }]), exit],
        edges: [{ from: 'b', port: 'next', to: 'middle' }],
      }),
    ],
    [
      'GRAPH_DUPLICATE_NODE',
      'Give each its own id',
      documentWith(exit, { nodes: [entry('entry', [{ id: 't', kind: 'manual' }]), exit, exit, exit] }),
    ],
    [
      'GRAPH_DUPLICATE_EDGE',
      'Keep the one to “Wait”',
      documentWith(exit, {
        edges: [
          { from: 'entry', port: 'next', to: 'middle' },
          { from: 'entry', port: 'next', to: 'end' },
        ],
      }),
    ],
    [
      'GRAPH_UNKNOWN_PORT',
      'Move it to the way “Next”',
      documentWith(exit, {
        edges: [
          { from: 'entry', port: 'next', to: 'middle' },
          { from: 'middle', port: 'onward', to: 'end' },
        ],
      }),
    ],
    [
      'GRAPH_MALFORMED',
      'Let leads enter again after 30 days',
      documentWith(exit, { settings: { reenrollment: { policy: 'after_days' } } as never }),
    ],
    [
      'GRAPH_MALFORMED',
      'Give it an id of its own',
      documentWith(exit, { settings: { exits: ['a', 'a'].map((id) => ({ id, name: id, when: always })) } as never }),
    ],
    ['ZONE_UNKNOWN', 'Use UTC (the company’s)', documentWith(exit, { settings: { zone: 'Europa/Berlin' } as never })],
    ['DURATION_INVALID', 'Choose a length…', documentWith(exit, { settings: { callCoolOff: 'P99Y' } as never })],
    [
      'CALL_BEFORE_COOL_OFF',
      'Put a wait as long as the cool-off before it',
      documentWith(
        {
          id: 'call',
          type: 'escalate_to_call',
          config: {
            title: 'Call',
            reason: 'Asked for it',
            sla: 'PT8H',
            outcomes: [{ id: 'won', label: 'Won' }],
            afterCoolOff: 'refuse',
          },
        },
        {},
      ),
    ],
    [
      'TRANSACTIONAL_UNASKED',
      'Make it a nurture message',
      documentWith({ id: 'mail', type: 'send_email', config: { subject: 'x', body: 'y', purpose: 'transactional' } }),
    ],
  ]
  for (const [code, offers, given] of whole) {
    test(`${code}: ${offers}`, () => {
      const trigger =
        code === 'TRANSACTIONAL_UNASKED'
          ? { id: 't', kind: 'tag_added', tag: 'x' }
          : { id: 't', kind: 'event', event: 'downloaded' }
      const needs = code === 'CALL_BEFORE_COOL_OFF' || code === 'TRANSACTIONAL_UNASKED'
      const nodes = needs
        ? given.graph.nodes.map((node) => (node.type === 'entry' ? { ...node, config: { triggers: [trigger] } } : node))
        : given.graph.nodes
      const document = { ...given, graph: { ...given.graph, nodes } }
      const issue = issuesOf(document).find((one) => one.code === code)
      expect(issuesOf(document).map((one) => one.code)).toContain(code)
      const fixes = issue === undefined ? [] : fixesFor(issue, contextOf(document))
      expect(fixes.map(({ title }) => title)).toContain(offers)
      expectFixesToWork(document)
    })
  }
})
