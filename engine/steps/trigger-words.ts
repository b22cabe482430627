/** What brings a lead in, in words for the card of the entry. */
import type { Trigger } from './trigger-schema.ts'
import {
  describeConditionCount,
  describeDays,
  describeEvent,
  describeOffset,
  joinWords,
  quoteKey,
} from './summary-words.ts'

/** "Every Friday 09:00 · by hand". */
export function describeTriggers(triggers: readonly Trigger[]): string {
  const words = triggers.map(describeTrigger).join(' · ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function describeTrigger(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return `on ${describeEvent(trigger.event)}${describeConditionCount(trigger.where.length)}`
    case 'form':
      return `when the form “${trigger.form}” is sent`
    case 'schedule':
      return `every ${describeDays(trigger.days, 'and')} ${trigger.time}`
    case 'segment_entered':
      return 'when a lead begins to match'
    case 'date_field': {
      const offset = describeOffset(trigger.offsetDays) ?? 'on'
      return `${offset} ${quoteKey(trigger.field)} ${trigger.time}${trigger.yearly ? ', every year' : ''}`
    }
    case 'computed_date': {
      const event = describeEvent(trigger.event)
      const offset = describeOffset(trigger.offsetDays)
      return offset === null ? `when ${event} is due again` : `${offset} ${event} is due again`
    }
    case 'stage_changed':
      return describeChange('stage', trigger.from, trigger.to)
    case 'attention_changed':
      return describeChange('attention', [], trigger.to)
    case 'score_crossed':
      return `when the score ${trigger.direction === 'up' ? 'rises to' : 'falls to'} ${String(trigger.threshold)}`
    case 'tag_added':
      return `when the tag “${trigger.tag}” is added`
    case 'cue':
      return `when the cue “${trigger.cue}” is noted`
    case 'import':
      return 'by an import'
    case 'manual':
      return 'by hand'
    default:
      return trigger satisfies never
  }
}

function describeChange(what: string, from: readonly string[], to: readonly string[]): string {
  const say = (values: readonly string[]) =>
    joinWords(
      values.map((value) => value.replaceAll('_', ' ')),
      'or',
    )
  if (from.length === 0) return to.length === 0 ? `when the ${what} changes` : `when the ${what} becomes ${say(to)}`
  return `when the ${what} goes from ${say(from)}${to.length === 0 ? '' : ` to ${say(to)}`}`
}
