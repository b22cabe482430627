/** A way in, in words. */
import type { Trigger } from '#engine/steps/entry.ts'

const days: Record<string, string> = {
  mon: 'Mondays',
  tue: 'Tuesdays',
  wed: 'Wednesdays',
  thu: 'Thursdays',
  fri: 'Fridays',
  sat: 'Saturdays',
  sun: 'Sundays',
}

export function triggerWords(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'schedule':
      return `${trigger.days.map((day) => days[day] ?? day).join(', ')} ${trigger.time}`
    case 'form':
      return `Sends the form “${trigger.form}”`
    case 'event':
      return `“${trigger.event}” happens`
    case 'segment_entered':
      return 'Comes to match the segment'
    case 'date_field':
      return `By the date in “${trigger.field}”`
    case 'computed_date':
      return `When “${trigger.event}” is due again`
    case 'tag_added':
      return `Gets the tag “${trigger.tag}”`
    case 'cue':
      return `The cue “${trigger.cue}” is noted`
    case 'stage_changed':
      return 'Its stage changes'
    case 'attention_changed':
      return 'Its attention changes'
    case 'score_crossed':
      return `Its score passes ${String(trigger.threshold)}`
    case 'import':
      return 'Is imported'
    case 'manual':
      return 'By hand'
  }
}
