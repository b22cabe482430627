/** Let time pass. */
import { z } from 'zod'
import { durationSchema, localTimeSchema, windowSchema, weekdays, type BusinessCalendar } from '../graph/schema.ts'
import type { Instant } from '../facts.ts'
import { addDuration, describeDuration, durationToMs } from '../schedule/duration.ts'
import { nextLocalTime } from '../schedule/next.ts'
import { nextInWindow } from '../schedule/window.ts'
import { addBusinessDuration } from './business-duration.ts'
import { defineStep } from './contract.ts'
import { messageWait } from './message-wait.ts'
import { checkDuration, problem } from './problems.ts'
import { restOrLeave } from './rest-or-leave.ts'

const configSchema = z.strictObject({
  duration: durationSchema.default('P1D').meta({
    title: 'How long',
    description: 'Days keep the time of day; hours are exact. Counts from when the message before it was really sent.',
    picks: 'duration',
  }),
  businessDays: z.boolean().default(false).meta({
    title: 'Business days only',
    description: "Days and hours count by the journey's business calendar. Weeks count as business weeks.",
  }),
  time: localTimeSchema.optional().meta({
    title: 'Then until',
    description: "After that, wait for this time of day in the lead's zone. Empty: go on at once.",
    picks: 'time',
    ui: { empty: 'Go on at once' },
  }),
  window: windowSchema.optional().meta({
    title: 'Only between',
    description: "Go on only on these days and hours of the lead's local time.",
    ui: { empty: 'At any time' },
  }),
})
type Config = z.infer<typeof configSchema>

/** When a wait that began at `from` ends. */
function endOfWait(config: Config, from: Instant, calendar: BusinessCalendar, zone: string): Instant {
  let end = config.businessDays
    ? addBusinessDuration(from, config.duration, calendar, zone)
    : addDuration(from, config.duration, zone)
  if (config.time !== undefined) {
    const days = config.businessDays ? calendar.days : weekdays
    end = nextLocalTime({ after: end, zone, days: [...days], time: config.time, inclusive: true })
  }
  return config.window === undefined ? end : nextInWindow(end, config.window, zone)
}

/** Waits for a length of time, counted from the acceptance of the message before it. */
export const wait = defineStep<Config>({
  type: 'wait',
  version: 1,
  title: 'Wait',
  category: 'time',
  icon: 'clock',
  description: 'Waits for a length of time, in calendar or business days.',
  synonyms: ['delay', 'pause', 'days', 'hours'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ duration, businessDays, time, window }) =>
    [
      `Wait ${describeDuration(duration)}${businessDays ? ' (business days)' : ''}`,
      ...(time === undefined ? [] : [`until ${time}`]),
      ...(window === undefined ? [] : [`between ${window.from} and ${window.to}`]),
    ].join(', '),
  check: (config) => {
    const issues = checkDuration(config.duration, ['duration'])
    if (config.businessDays && /^P[^T]*[YM]/.test(config.duration)) {
      issues.push(
        problem(
          'DURATION_INVALID',
          ['duration'],
          `"${config.duration}" has months or years, which business days cannot count; write it in days or weeks.`,
        ),
      )
    }
    return issues
  },
  rests: () => true,
  minStayMs: ({ duration }) => durationToMs(duration),
  run: (context) => {
    const { config, settings, zone } = context
    const wait = messageWait(context, (from) => endOfWait(config, from, settings.calendar, zone))
    return restOrLeave(wait, {
      port: 'next',
      reason: `Waited ${describeDuration(config.duration)}.`,
      resting: `Waits ${describeDuration(config.duration)}.`,
    })
  },
})
