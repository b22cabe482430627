/** What happened to a lead that may bring it into a journey, and which triggers it answers. */
import type { Instant, Json } from '../facts.ts'
import type { Trigger } from '../steps/entry.ts'
import { builtInEvents, type Attention, type Stage } from '../vocabulary.ts'

/** One thing that happened. `key` is unique among the lead's happenings of its kind: it makes the entry unique, too. */
export type Happening = { key: string; at: Instant } & (
  | { kind: 'event'; type: string; properties: Record<string, Json> }
  | { kind: 'stage_changed'; from: Stage; to: Stage }
  | { kind: 'attention_changed'; to: Attention }
  | { kind: 'score_changed'; from: number; to: number }
  | { kind: 'tag_added'; tag: string }
  | { kind: 'cue'; cue: string; /** The day it is about. */ date?: string | null }
  | { kind: 'import' }
)

/**
 * Whether the trigger answers to this. Property filters of an event trigger are conditions and checked
 * apart (`matchesProperties`). Swept triggers (schedule, dates, segments) answer to nothing that happens.
 */
export function answersTo(trigger: Trigger, happening: Happening): boolean {
  switch (trigger.kind) {
    case 'event':
      return happening.kind === 'event' && happening.type === trigger.event
    case 'form':
      return (
        happening.kind === 'event' &&
        happening.type === builtInEvents.formSubmitted &&
        happening.properties['form'] === trigger.form
      )
    case 'stage_changed':
      return (
        happening.kind === 'stage_changed' &&
        (trigger.from.length === 0 || trigger.from.includes(happening.from)) &&
        (trigger.to.length === 0 || trigger.to.includes(happening.to))
      )
    case 'attention_changed':
      return happening.kind === 'attention_changed' && (trigger.to.length === 0 || trigger.to.includes(happening.to))
    case 'score_crossed':
      return happening.kind === 'score_changed' && crosses(trigger, happening)
    case 'tag_added':
      return happening.kind === 'tag_added' && happening.tag === trigger.tag
    case 'cue':
      return happening.kind === 'cue' && happening.cue === trigger.cue
    case 'import':
      return happening.kind === 'import'
    case 'schedule':
    case 'segment_entered':
    case 'date_field':
    case 'computed_date':
    case 'manual':
      return false
    default:
      return trigger satisfies never
  }
}

/** Upwards: from below to the threshold or above. Downwards: from above to the threshold or below. */
function crosses(
  { threshold, direction }: { threshold: number; direction: 'up' | 'down' },
  { from, to }: { from: number; to: number },
): boolean {
  return direction === 'up' ? from < threshold && to >= threshold : from > threshold && to <= threshold
}

/** What the enrollment remembers of how it began: an event's properties, the change otherwise. */
export function entryProperties(happening: Happening): Record<string, Json> {
  switch (happening.kind) {
    case 'event':
      return happening.properties
    case 'stage_changed':
    case 'score_changed':
      return { from: happening.from, to: happening.to }
    case 'attention_changed':
      return { to: happening.to }
    case 'tag_added':
      return { tag: happening.tag }
    case 'cue':
      return { cue: happening.cue, ...(happening.date == null ? {} : { date: happening.date }) }
    case 'import':
      return {}
    default:
      return happening satisfies never
  }
}

/** What `journey_triggers.subject` holds, so that an event finds its triggers by an index; empty for other kinds. */
export function subjectOf(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
    case 'computed_date':
      return trigger.event
    case 'form':
      return trigger.form
    case 'tag_added':
      return trigger.tag
    case 'cue':
      return trigger.cue
    case 'date_field':
      return trigger.field
    case 'schedule':
    case 'segment_entered':
    case 'stage_changed':
    case 'attention_changed':
    case 'score_crossed':
    case 'import':
    case 'manual':
      return ''
    default:
      return trigger satisfies never
  }
}
