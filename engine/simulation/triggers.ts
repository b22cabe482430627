/** The journey's own triggers in a rehearsal: when time brings the lead in, and what of that which happens does. */
import { evaluate } from '../conditions/evaluate.ts'
import { matchesProperties } from '../conditions/properties.ts'
import type { Definition } from '../definition/types.ts'
import { answersTo, entryProperties, type Happening } from '../entry/happening.ts'
import type { Facts, Instant, Json } from '../facts.ts'
import { findField } from '../fields.ts'
import type { Library } from '../library.ts'
import { addDays, formatLocalDate } from '../schedule/calendar.ts'
import { dateOccurrence } from '../schedule/date-field.ts'
import { nextLocalTime } from '../schedule/next.ts'
import { toInstant, toLocal, zoneOr } from '../schedule/zone.ts'
import type { Trigger } from '../steps/entry.ts'

/** A wish to enter. `isRoutine`: nobody did anything, so a refusal is worth no line. */
export interface Entering {
  triggerId: string
  entryKey: string
  properties: Record<string, Json>
  isRoutine: boolean
}

interface Ground {
  definition: Definition
  library: Library
  facts: Facts
}

/** The first instant after `after` (or at it, if `inclusive`) at which time alone may bring the lead in by this trigger. */
export function nextOccurrence(
  trigger: Trigger,
  { definition, library, facts }: Ground,
  after: Instant,
  inclusive = false,
): Instant | null {
  const zone = zoneOr(facts.zone, definition.settings.zone)
  switch (trigger.kind) {
    case 'schedule': {
      const { days, time, zone: scheduleZone } = trigger
      return nextLocalTime({ after, zone: scheduleZone, days, time, inclusive })
    }
    case 'date_field': {
      const field = findField(trigger.field, library)
      const stored = facts.fields[trigger.field]
      const date =
        field?.type === 'datetime' && typeof stored === 'number' ? formatLocalDate(toLocal(stored, zone)) : stored
      if (typeof date !== 'string') return null
      const { offsetDays, time, yearly } = trigger
      return dateOccurrence({ date, offsetDays, time, zone, yearly, after: inclusive ? after - 1 : after })
    }
    case 'computed_date': {
      const total = facts.totals[trigger.event]
      if (total === undefined || total.count < trigger.minEvents || total.count < 2) return null
      const expected = total.lastAt + (total.lastAt - total.firstAt) / (total.count - 1)
      const [hour = 0, minute = 0] = trigger.time.split(':').map(Number)
      const at = toInstant({ ...addDays(toLocal(Math.floor(expected), zone), trigger.offsetDays), hour, minute }, zone)
      return at > after || (inclusive && at === after) ? at : null
    }
    case 'event':
    case 'form':
    case 'segment_entered':
    case 'stage_changed':
    case 'attention_changed':
    case 'score_crossed':
    case 'tag_added':
    case 'cue':
    case 'import':
    case 'manual':
      return null
  }
}

/** The entry that a trigger of time makes at its instant; null when the lead is not in its segment then. */
export function entryAt(trigger: Trigger, ground: Ground, at: Instant): Entering | null {
  const { definition, library, facts } = ground
  const zone = zoneOr(facts.zone, definition.settings.zone)
  const entering = { triggerId: trigger.id, properties: {}, isRoutine: true }
  if (trigger.kind !== 'schedule')
    return { ...entering, entryKey: `date:${trigger.id}:${formatLocalDate(toLocal(at, zone))}` }
  const { value } = evaluate(trigger.segment, { facts, library, now: at, zone, trace: false })
  return value ? { ...entering, entryKey: `sweep:${trigger.id}:${String(at)}` } : null
}

/** The entries that something which happened makes. */
export function entriesFor(definition: Definition, happening: Happening): Entering[] {
  return definition.triggers
    .filter((trigger) => answersTo(trigger, happening) && passes(trigger, happening))
    .map((trigger) => ({
      triggerId: trigger.id,
      // Two triggers that the same event answers are one entry; of another happening, each trigger is its own.
      entryKey:
        happening.kind === 'event' ? `event:${happening.key}` : `${happening.kind}:${trigger.id}:${happening.key}`,
      properties: entryProperties(happening),
      isRoutine: false,
    }))
}

function passes(trigger: Trigger, happening: Happening): boolean {
  if (trigger.kind !== 'event' || happening.kind !== 'event') return true
  return matchesProperties(happening.properties, trigger.where)
}

/** What changed of the lead since `before`, as triggers see it. */
export function happeningsBetween(before: Standing, facts: Facts, at: Instant, key: string): Happening[] {
  const found: Happening[] = []
  if (before.stage !== facts.stage) found.push({ kind: 'stage_changed', from: before.stage, to: facts.stage, at, key })
  if (before.attention !== facts.attention) found.push({ kind: 'attention_changed', to: facts.attention, at, key })
  if (before.score !== facts.score) found.push({ kind: 'score_changed', from: before.score, to: facts.score, at, key })
  for (const tag of Object.keys(facts.tags))
    if (!before.tags.has(tag)) found.push({ kind: 'tag_added', tag, at, key: `${key}:${tag}` })
  return found
}

/** What triggers of changes look at. */
export interface Standing extends Pick<Facts, 'stage' | 'attention' | 'score'> {
  tags: ReadonlySet<string>
}

export function standingOf({ stage, attention, score, tags }: Facts): Standing {
  return { stage, attention, score, tags: new Set(Object.keys(tags)) }
}
