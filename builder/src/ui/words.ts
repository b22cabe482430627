/** Numbers, times and the product's lists, in people's words. */
import type {
  Attention,
  DeliveryStatus,
  EnrollmentStatus,
  JourneyStatus,
  Stage,
  TaskStatus,
} from '#engine/vocabulary.ts'
import { i18n } from '../i18n/i18n.ts'
import { t, wordsOf } from '../i18n/t.ts'

/** The page's language, for what Intl writes. */
export const { language } = i18n
const numberFormat = new Intl.NumberFormat(language)
const dateFormat = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const relativeFormat = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })

/** `12345` → `12,345`. */
export function formatNumber(value: number): string {
  return numberFormat.format(value)
}

/** "1 lead", "1,204 leads". */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return t(`{{count}} ${many}`, {
    count: value,
    shown: formatNumber(value),
    defaultValue_one: `{{shown}} ${one}`,
    defaultValue_other: `{{shown}} ${many}`,
  })
}

/** `Nov 22, 2026, 9:00 AM`, in the zone of who looks. */
export function formatInstant(instant: string): string {
  return dateFormat.format(new Date(instant))
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** `3 min. ago`, `in 2 days`; `now` under a minute. */
export function formatRelative(instant: string, now: number): string {
  const distance = Date.parse(instant) - now
  for (const [unit, ms] of units) {
    if (Math.abs(distance) >= ms) return relativeFormat.format(Math.trunc(distance / ms), unit)
  }
  return t('now')
}

export const stageWords = wordsOf<Stage>({
  new: 'New',
  qualified: 'Qualified',
  unqualified: 'Unqualified',
  engaged: 'Engaged',
  sales_ready: 'Sales ready',
  opportunity: 'Opportunity',
  customer: 'Customer',
  lost: 'Lost',
  inactive: 'Inactive',
})

export const attentionWords = wordsOf<Attention>({
  hot: 'Hot',
  warm: 'Warm',
  cool: 'Cool',
  inactive: 'Inactive',
})

export const journeyStatusWords = wordsOf<JourneyStatus>({
  draft: 'Draft',
  live: 'Live',
  paused: 'Paused',
  archived: 'Archived',
})

export const enrollmentStatusWords = wordsOf<EnrollmentStatus>({
  active: 'On its way',
  paused: 'Paused',
  parked: 'Needs a person',
  completed: 'Completed',
  exited: 'Left early',
})

export const deliveryStatusWords = wordsOf<DeliveryStatus>({
  queued: 'Queued',
  sending: 'Sending',
  accepted: 'Sent',
  skipped: 'Not sent',
  failed: 'Failed',
  cancelled: 'Cancelled',
  unknown: 'Unknown',
})

export const taskStatusWords = wordsOf<TaskStatus>({ open: 'Open', done: 'Done', cancelled: 'Cancelled' })

/** `cap_reached` → `cap reached`: a code as words, where there is no better sentence. */
export function codeAsWords(code: string): string {
  return code.replaceAll('_', ' ')
}
