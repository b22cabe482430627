/** Small journeys for the compiler's tests, in the real step catalogue plus a few steps that only tests need. */
import { z } from 'zod'
import type { Rule } from '#engine/conditions/schema.ts'
import { compile, type CompileContext, type Compilation } from '#engine/compiler/compile.ts'
import { graphSchema, type Graph } from '#engine/graph/schema.ts'
import { assetSchema, emptyLibrary, formSchema, surveySchema, type Library } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { defineStep, type StepType } from '#engine/steps/contract.ts'

/** A node as tests write it: id, type, config. */
export type NodeInput = [id: string, type: string, config?: Record<string, unknown>, more?: Record<string, unknown>]
/** `'a.next>b'`. */
export type EdgeInput = string

/** A graph from shorthand; edges of a node that say no port leave by `next`. */
export function aGraph(nodes: NodeInput[], edges: EdgeInput[], settings: Record<string, unknown> = {}): Graph {
  return graphSchema.parse({
    format: 1,
    nodes: nodes.map(([id, type, config = {}, more = {}]) => ({ id, type, config, ...more })),
    edges: edges.map((text) => {
      const [left = '', to = ''] = text.split('>')
      const [from = '', port = 'next'] = left.split('.')
      return { from, port, to }
    }),
    settings,
  })
}

export const onEvent = (event: string): Record<string, unknown> => ({ triggers: [{ id: 't', kind: 'event', event }] })
export const manually = { triggers: [{ id: 't', kind: 'manual' }] }
export const mail = { subject: 'Hello', body: 'Hello {{ lead.first_name }}' }
export const always: Rule = { kind: 'always' }

/** A library with a survey, two forms, an asset and a segment. */
export function aLibrary(): Library {
  const asset = assetSchema.parse({ key: 'guide', title: 'The guide', url: 'https://example.com/guide' })
  const survey = surveySchema.parse({
    key: 'why',
    title: 'Why?',
    questions: [{ id: 'reason', text: 'Why not?', type: 'text' }],
  })
  const form = formSchema.parse({
    key: 'contact',
    title: 'Contact',
    fields: [{ id: 'email', text: 'Email', type: 'email', field: 'email', required: true }],
  })
  return {
    ...emptyLibrary(),
    fields: { birthday: { key: 'birthday', label: 'Birthday', type: 'date' } },
    segments: { warm: { kind: 'compare', field: 'attention', op: 'is', value: 'warm' } },
    assets: { guide: asset },
    surveys: { why: survey },
    forms: { contact: form, closed: { ...form, key: 'closed', archived: true } },
  }
}

/** Lets no time pass and has two ways out, one of them optional. */
const fork = defineStep({
  type: 'test_fork',
  version: 1,
  title: 'Fork',
  category: 'custom',
  icon: 'arrows-split',
  description: 'A step for tests.',
  config: z.strictObject({ zone: z.string().optional(), text: z.string().optional(), for: z.string().optional() }),
  ports: () => [
    { id: 'left', label: 'Left' },
    { id: 'right', label: 'Right', optional: true },
  ],
  summary: () => 'Fork',
  rests: () => false,
  run: () => ({ kind: 'leave', port: 'left', reason: 'Forked.' }),
})

/** Jumps without telling the compiler's own checks anything else. */
const hop = defineStep({
  type: 'test_hop',
  version: 1,
  title: 'Hop',
  category: 'custom',
  icon: 'arrow-back-up',
  description: 'A step for tests.',
  config: z.strictObject({ target: z.string() }),
  ports: () => [],
  summary: () => 'Hop',
  jumps: ({ target }) => [target],
  rests: () => false,
  run: ({ config }) => ({ kind: 'jump', to: config.target, reason: 'Hopped.' }),
})

/** Throws when it is asked anything. */
const broken = defineStep({
  type: 'test_broken',
  version: 1,
  title: 'Broken',
  category: 'custom',
  icon: 'bug',
  description: 'A step for tests.',
  config: z.strictObject({}),
  ports: (): never => {
    throw new Error('no ports today')
  },
  summary: () => 'Broken',
  rests: () => false,
  run: () => ({ kind: 'end', status: 'completed', reason: 'Ended.' }),
})

export const testSteps: readonly StepType[] = [fork, hop, broken] as readonly StepType[]

/** The context of most tests. */
export function aContext(change: Partial<CompileContext> = {}): CompileContext {
  return {
    library: aLibrary(),
    journeys: new Set(['other']),
    registry: createStepRegistry(testSteps),
    ...change,
  }
}

/** Compiles shorthand and tells what came of it. */
export function compiled(
  nodes: NodeInput[],
  edges: EdgeInput[],
  settings: Record<string, unknown> = {},
  change: Partial<CompileContext> = {},
): Compilation {
  return compile(aGraph(nodes, edges, settings), aContext(change))
}

/** `CODE nodeId path` of each issue, for comparing whole lists. */
export function places({ issues }: Pick<Compilation, 'issues'>): string[] {
  return issues.map(({ code, nodeId, path }) => [code, nodeId ?? '-', path.join('.')].join(' ').trim())
}
