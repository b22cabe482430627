/** Which facts a rule looks at, found without evaluating it: what a turn loads, and what wakes who waits. */
import type { Needs } from '../facts.ts'
import type { Library } from '../library.ts'
import { cleanText } from '../text.ts'
import type { Dependency } from './evaluation.ts'
import type { Rule } from './schema.ts'

export interface RuleNeeds {
  needs: Needs
  /** Sorted, without repeats. The segments the rule names, by whatever way, are among them, and what those look at. */
  dependsOn: Dependency[]
}

/** Rules and libraries are never changed once read, and the same rule is asked about with each evaluation. */
const known = new WeakMap<Library['segments'], WeakMap<Rule, RuleNeeds>>()

/** What a rule, and every segment it names, looks at. Never throws: unknown segments are `validateRule`'s to report. */
export function ruleNeeds(rule: Rule, library: Library): RuleNeeds {
  const ofLibrary = known.get(library.segments) ?? new WeakMap<Rule, RuleNeeds>()
  known.set(library.segments, ofLibrary)
  const found = ofLibrary.get(rule) ?? findNeeds(rule, library)
  ofLibrary.set(rule, found)
  return { needs: found.needs, dependsOn: [...found.dependsOn] }
}

function findNeeds(rule: Rule, library: Library): RuleNeeds {
  const found: Collection = { events: new Set(), surveys: new Set(), dependsOn: new Set(), segments: new Set() }
  collect(rule, library, found)
  return {
    needs: {
      events: [...found.events].sort(),
      surveys: [...found.surveys].sort(),
      deliveries: found.dependsOn.has('delivery'),
      received: found.dependsOn.has('received'),
    },
    dependsOn: [...found.dependsOn].sort(),
  }
}

/** All of several needs together, sorted and without repeats. */
export function mergeNeeds(...needs: readonly Partial<Needs>[]): Needs {
  return {
    events: [...new Set(needs.flatMap((need) => need.events ?? []))].sort(),
    surveys: [...new Set(needs.flatMap((need) => need.surveys ?? []))].sort(),
    deliveries: needs.some((need) => need.deliveries === true),
    received: needs.some((need) => need.received === true),
  }
}

interface Collection {
  events: Set<string>
  surveys: Set<string>
  dependsOn: Set<Dependency>
  /** Segments already looked into: each once, and never in a circle. */
  segments: Set<string>
}

function collect(rule: Rule, library: Library, found: Collection): void {
  switch (rule.kind) {
    case 'always':
      return
    case 'all':
    case 'any':
      for (const child of rule.rules) collect(child, library, found)
      return
    case 'not':
      collect(rule.rule, library, found)
      return
    case 'compare':
      found.dependsOn.add(`field:${rule.field}`)
      return
    case 'has_tag':
      found.dependsOn.add(`tag:${cleanText(rule.tag)}`)
      return
    case 'count': {
      const event = cleanText(rule.event)
      found.events.add(event)
      found.dependsOn.add(`event:${event}`)
      return
    }
    case 'answered': {
      const survey = cleanText(rule.survey)
      found.surveys.add(survey)
      found.dependsOn.add(`answer:${survey}`)
      return
    }
    case 'in_segment': {
      if (found.segments.has(rule.segment)) return
      found.segments.add(rule.segment)
      found.dependsOn.add(`segment:${rule.segment}`)
      const segment = Object.hasOwn(library.segments, rule.segment) ? library.segments[rule.segment] : undefined
      if (segment !== undefined) collect(segment, library, found)
      return
    }
    case 'received':
      found.dependsOn.add('received')
      return
    case 'delivered':
      found.dependsOn.add('delivery')
      return
    default:
      rule satisfies never
  }
}
