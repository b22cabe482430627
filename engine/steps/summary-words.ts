/** Words that the one-line summaries of several steps share, in place of the keys that are stored. */
import { weekdays, type Weekday } from '../graph/schema.ts'
import type { builtInEvents } from '../vocabulary.ts'

type BuiltInEvent = (typeof builtInEvents)[keyof typeof builtInEvents]

const eventNames: Readonly<Record<BuiltInEvent, string>> = {
  form_submitted: 'a sent form',
  downloaded: 'a download',
  registered: 'a registration',
  invited: 'an invitation',
  survey_answered: 'a survey answer',
  question_answered: 'an answer to a question',
  message_sent: 'a sent message',
  email_opened: 'an opened email',
  link_clicked: 'a clicked link',
  email_bounced: 'a bounced email',
  email_complained: 'a spam complaint',
  replied: 'a reply',
  unsubscribed: 'an unsubscription',
  consent_expiring: 'a consent about to expire',
  consent_expired: 'an expired consent',
  task_done: 'a finished task',
  cue_noted: 'a noted cue',
  purchased: 'a purchase',
}

/** `survey_answered` → "a survey answer"; an event of the company's own by its name, `price_viewed` → “price viewed”. */
export function describeEvent(event: string): string {
  return Object.hasOwn(eventNames, event) ? eventNames[event as BuiltInEvent] : quoteKey(event)
}

/** `lease_end` → “lease end”. */
export function quoteKey(key: string): string {
  return `“${key.replaceAll('_', ' ')}”`
}

const dayNames: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** "Monday, Wednesday or Friday", in the order of the week; "day" for all of them. */
export function describeDays(days: readonly Weekday[], word: 'and' | 'or'): string {
  const named = weekdays.filter((day) => days.includes(day)).map((day) => dayNames[day])
  return named.length === weekdays.length ? 'day' : joinWords(named, word)
}

/** "a, b and c". */
export function joinWords(words: readonly string[], word: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${word} ${words.at(-1) ?? ''}`
}

/** `-7` → "7 days before", `1` → "1 day after"; null for the day itself. */
export function describeOffset(days: number): string | null {
  if (days === 0) return null
  return `${String(Math.abs(days))} ${Math.abs(days) === 1 ? 'day' : 'days'} ${days < 0 ? 'before' : 'after'}`
}

/** " (2 conditions)"; empty for none. */
export function describeConditionCount(count: number): string {
  return count === 0 ? '' : ` (${String(count)} ${count === 1 ? 'condition' : 'conditions'})`
}
