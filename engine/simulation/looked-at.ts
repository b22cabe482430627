/** What decides a journey's way: the fields, properties and answers that its rules and those of its segments compare. */
import { ruleSchema, type Rule } from '../conditions/schema.ts'
import type { Graph } from '../graph/schema.ts'
import type { Library } from '../library.ts'
import { cleanText } from '../text.ts'

export type Comparison = Extract<Rule, { kind: 'compare' }>

export interface LookedAt {
  /** Comparisons with a value, by field. Whether a field is known at all is no look at its value. */
  fields: ReadonlyMap<string, readonly Comparison[]>
  /** Properties of events that are filtered by. */
  properties: ReadonlySet<string>
  /** Answers whose value decides, as `answerKey` names them. */
  answers: ReadonlySet<string>
}

export function answerKey(survey: string, question: string): string {
  return JSON.stringify([cleanText(survey), cleanText(question)])
}

/** Rules are found wherever they stand in the settings of steps and journey, so that those of custom steps count too. */
export function lookedAt({ nodes, settings }: Pick<Graph, 'nodes' | 'settings'>, library: Library): LookedAt {
  const fields = new Map<string, Comparison[]>()
  const properties = new Set<string>()
  const answers = new Set<string>()
  const segments = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(visit)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const given = value as Readonly<Record<string, unknown>>
    const { kind, op, survey, question, property, segment } = given
    const readsValue = typeof op === 'string' && op !== 'known' && op !== 'unknown'
    if (kind === 'compare' && readsValue) {
      const { data } = ruleSchema.safeParse(value)
      if (data?.kind === 'compare') fields.set(data.field, [...(fields.get(data.field) ?? []), data])
    }
    // A rule on an answer, or a step that branches on one.
    const decides = kind === 'answered' ? readsValue : Array.isArray(given['cases'])
    if (decides && typeof survey === 'string' && typeof question === 'string') answers.add(answerKey(survey, question))
    if (typeof property === 'string' && typeof op === 'string') properties.add(cleanText(property))
    if (typeof segment === 'string' && !segments.has(segment)) {
      segments.add(segment)
      if (Object.hasOwn(library.segments, segment)) visit(library.segments[segment])
    }
    Object.values(given).forEach(visit)
  }
  visit(nodes.map(({ config }) => config))
  visit(settings)
  return { fields, properties, answers }
}
