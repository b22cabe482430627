/**
 * A lead without what tells who it is: for samples that leave the server in bulk, and for test cases, which outlive their
 * lead. What the journey's rules compare stays, or the rehearsal would be another one; all other names, addresses and free
 * texts become stand-ins.
 */
import { evaluate } from '../conditions/evaluate.ts'
import { EngineError } from '../errors.ts'
import type { Json } from '../facts.ts'
import { coreFields, findField } from '../fields.ts'
import type { Graph } from '../graph/schema.ts'
import type { Library } from '../library.ts'
import { answerKey, lookedAt, type Comparison } from './looked-at.ts'
import { toFacts, type RehearsalLead } from './schemas.ts'

/** Stand-ins that the gate takes as it takes the real ones: known, and well-formed. */
const standIns: Readonly<Record<string, string>> = {
  email: 'sample@example.com',
  first_name: 'Sample',
  last_name: 'Lead',
  company: 'Sample Company',
  address_line1: '1 Sample Street',
}

/** Properties of events that are names of ours, never what a person typed. */
const ownProperties = ['form', 'survey', 'question', 'asset', 'step', 'from', 'to', 'direction']

export function anonymise(
  lead: RehearsalLead,
  graph: Pick<Graph, 'nodes' | 'settings'>,
  library: Library,
): RehearsalLead {
  const named = namesIn(graph, library)
  const looked = lookedAt(graph, library)
  const core = new Set(coreFields.map((field) => field.key))
  const fields = Object.fromEntries(
    Object.entries(lead.fields).flatMap(([key, value]): [string, typeof value][] => {
      if (value === null || value === '') return core.has(key) || named.has(key) ? [[key, value]] : []
      const compared = looked.fields.get(key)
      if (compared !== undefined) {
        const hidesName = key === 'email' && typeof value === 'string'
        return [[key, hidesName ? hideLocalPart(value, compared, lead, library) : value]]
      }
      const standIn = standIns[key]
      if (standIn !== undefined) return [[key, standIn]]
      // The digits after the area code: whose number it is; those before say which hours and laws count.
      if (key === 'phone') return [[key, typeof value === 'string' ? hideNumber(value) : value]]
      const isText = findField(key, library)?.type === 'text'
      if (core.has(key)) return [[key, value]]
      if (!named.has(key)) return []
      return [[key, isText && typeof value === 'string' && !named.has(value) ? 'A sample text' : value]]
    }),
  )
  const keep = new Set([...ownProperties, ...named])
  const properties = (given: Record<string, Json>): Record<string, Json> =>
    Object.fromEntries(
      Object.entries(given).filter(
        ([key, value]) => looked.properties.has(key) || (keep.has(key) && typeof value !== 'object'),
      ),
    )
  return {
    ...lead,
    fields,
    events: Object.fromEntries(
      Object.entries(lead.events).map(([type, events]) => [
        type,
        events.map((event) => ({ ...event, properties: properties(event.properties) })),
      ]),
    ),
    answers: Object.fromEntries(
      Object.entries(lead.answers).map(([survey, answers]) => [
        survey,
        Object.fromEntries(
          Object.entries(answers).map(([question, answer]) => {
            const asked = library.surveys[survey]?.questions.find(({ id }) => id === question)
            const isFree = asked === undefined || ['text', 'long_text', 'email', 'phone'].includes(asked.type)
            return [
              question,
              isFree &&
              !looked.answers.has(answerKey(survey, question)) &&
              typeof answer.value === 'string' &&
              answer.value !== ''
                ? { ...answer, value: 'A sample answer' }
                : answer,
            ]
          }),
        ),
      ]),
    ),
    suppressed: Object.fromEntries(
      Object.entries(lead.suppressed).map(([channel, { at }]) => [channel, { at, reason: 'Suppressed.' }]),
    ),
  }
}

/** Keeps the domain; the whole address where a rule would say something else of a made-up name before the `@`. */
function hideLocalPart(email: string, rules: readonly Comparison[], lead: RehearsalLead, library: Library): string {
  const at = email.lastIndexOf('@')
  if (at === -1) return email
  const hidden = `sample${email.slice(at)}`
  return rules.every((rule) => holds(rule, email) === holds(rule, hidden)) ? hidden : email

  /** Null for a rule that cannot be read: it decides nothing. */
  function holds(rule: Comparison, value: string): boolean | null {
    const facts = { ...toFacts(lead), fields: { email: value } }
    try {
      return evaluate(rule, { facts, library, now: 0, zone: 'UTC', trace: false }).value
    } catch (error) {
      if (error instanceof EngineError) return null
      throw error
    }
  }
}

function hideNumber(phone: string): string {
  const kept = Math.min(7, Math.max(0, phone.length - 4))
  return phone.slice(0, kept) + phone.slice(kept).replaceAll(/\d/g, '0')
}

/** Every text in the settings of the steps and in the segments they name: fields, properties and values of rules. */
function namesIn({ nodes, settings }: Pick<Graph, 'nodes' | 'settings'>, library: Library): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && value.length <= 200) found.add(value)
    else if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  visit(nodes.map(({ config }) => config))
  visit(settings)
  // Segments may name segments.
  for (const rule of Object.values(library.segments)) visit(rule)
  return found
}
