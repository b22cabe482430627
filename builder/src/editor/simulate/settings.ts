/** What is rehearsed: who, when, how it comes in, what happens. All of it is in the address, but for long stories. */
import type { Definition } from '#engine/definition/types.ts'
import type { Instant } from '#engine/facts.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import { nextLocalTime } from '#engine/schedule/next.ts'
import { imagineProperties } from '#engine/simulation/imagine.ts'
import { personaFacts, type Persona } from '#engine/simulation/persona.ts'
import {
  fromFacts,
  happeningSchema,
  newestFact,
  type RehearsalLead,
  type TestCaseInput,
} from '#engine/simulation/schemas.ts'
import type { Assumptions, Happening } from '#engine/simulation/types.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import { builtInEvents } from '#engine/vocabulary.ts'

type Who = { kind: 'persona'; persona: Persona } | { kind: 'lead'; id: string; name: string; facts: RehearsalLead }

export interface Settings {
  who: Who
  startAt: Instant
  /** IANA zone of the slider and the log. */
  zone: string
  /** How the lead comes in; null = by hand. */
  triggerId: string | null
  assume: Assumptions
  happenings: readonly Happening[]
}

const dayMs = 86_400_000
/** A rehearsal is played so far at most. */
const horizonMs = 400 * dayMs
/** Draws are the same for everybody who opens the same address. */
const seed = 'rehearsal'

/** Its triggers, as the entry step lists them. */
export function triggersOf(graph: Graph): Trigger[] {
  const entry = graph.nodes.find(({ type }) => type === 'entry')
  return ((entry?.config['triggers'] ?? []) as Definition['triggers']).filter(({ kind }) => kind !== 'manual')
}

/** A good moment to begin: when its schedule says, else the next morning of a working day. */
export function usualStart(graph: Graph, now: Instant): Instant {
  const schedule = triggersOf(graph).find((trigger) => trigger.kind === 'schedule')
  const { zone } = graph.settings
  return schedule === undefined
    ? nextLocalTime({ after: now, zone, days: ['mon', 'tue', 'wed', 'thu', 'fri'], time: '09:00' })
    : nextLocalTime({ after: now, zone: schedule.zone, days: schedule.days, time: schedule.time })
}

/** What a rehearsal is given. */
export function toInput(settings: Settings, graph: Graph, library: Library, replyHold: string | null): TestCaseInput {
  const { who, startAt, happenings, assume } = settings
  const lead = who.kind === 'lead' ? who.facts : fromFacts(personaFacts(who.persona, startAt))
  return {
    ...comingIn(settings, graph, library, happenings),
    lead,
    startAt,
    until: startAt + horizonMs,
    assume,
    seed,
    replyHold,
  }
}

const weekMs = 7 * dayMs

/** As many weeks later as it takes to come after everything that is known of the lead: a demo's clock runs ahead. */
export function afterFacts(startAt: Instant, lead: RehearsalLead): Instant {
  const newest = newestFact(lead)
  return newest <= startAt ? startAt : startAt + Math.ceil((newest - startAt) / weekMs) * weekMs
}

/** The same for sampled leads: nobody is injected anything, the world does what it tends to do. */
export function toSampleInput(
  settings: Settings,
  graph: Graph,
  library: Library,
  replyHold: string | null,
): Omit<TestCaseInput, 'lead'> {
  const { startAt } = settings
  const entering = comingIn(settings, graph, library, [])
  return { ...entering, startAt, until: startAt + horizonMs, assume: 'chance', seed, replyHold }
}

/** What happens brings the lead in where a trigger answers to it; a segment or a person lets it in at the start. */
function comingIn({ triggerId, startAt }: Settings, graph: Graph, library: Library, more: readonly Happening[]) {
  const trigger = triggersOf(graph).find(({ id }) => id === triggerId)
  const first = trigger === undefined ? null : happeningOf(trigger, graph, library)
  const entries = first === null ? [{ at: startAt, ...(trigger === undefined ? {} : { triggerId: trigger.id }) }] : []
  const happenings = [...(first === null ? [] : [{ at: startAt, act: first }]), ...more]
  return { entries, happenings, triggers: true }
}

/** The event that a trigger answers to. */
function happeningOf(trigger: Trigger, graph: Graph, library: Library): Happening['act'] | null {
  const namesAsset = graph.nodes.some(({ config }) => typeof config['assetProperty'] === 'string')
  const asset = namesAsset ? Object.keys(library.assets)[0] : undefined
  const more = asset === undefined ? {} : { asset }
  if (trigger.kind === 'form')
    return { kind: 'event', type: builtInEvents.formSubmitted, properties: { form: trigger.form, ...more } }
  if (trigger.kind === 'event')
    return { kind: 'event', type: trigger.event, properties: { ...more, ...imagineProperties(trigger.where) } }
  if (trigger.kind === 'tag_added') return { kind: 'add_tag', tag: trigger.tag }
  return null
}

/** Acts as they stand in the address; what cannot be read is none. */
export function readActs(text: string | null): Happening[] {
  if (text === null) return []
  try {
    return happeningSchema.array().max(200).parse(JSON.parse(text))
  } catch {
    return []
  }
}
