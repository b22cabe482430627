/** Wait for a weekday and a time of day. */
import { z } from 'zod'
import { weekdays, weekdaySchema, type BusinessCalendar } from '../graph/schema.ts'
import type { Instant } from '../facts.ts'
import { nextBusinessInstant } from '../schedule/business.ts'
import { nextLocalTime } from '../schedule/next.ts'
import { timeOfDayField, zoneField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { messageWait } from './message-wait.ts'
import { checkZone } from './problems.ts'
import { restOrLeave } from './rest-or-leave.ts'
import { describeDays } from './summary-words.ts'

const configSchema = z.strictObject({
  days: z
    .array(weekdaySchema)
    .min(1, 'Choose at least one day.')
    .default([...weekdays])
    .meta({ title: 'Days', description: 'Any of these weekdays.', picks: 'weekdays' }),
  time: timeOfDayField,
  zone: zoneField,
  businessDays: z.boolean().default(false).meta({
    title: 'Business days only',
    description: "Days on which the journey's business calendar is closed, holidays among them, are passed over.",
  }),
})
type Config = z.infer<typeof configSchema>

/** Passing over this many closed days means that the two calendars never meet. */
const mostDaysPassedOver = 400

/** The first such time strictly after `from`, so that a loop through this step always lets time pass. */
function nextTime(config: Config, from: Instant, calendar: BusinessCalendar, zone: string): Instant {
  let at = nextLocalTime({ after: from, zone, days: config.days, time: config.time, inclusive: false })
  if (!config.businessDays) return at
  // Whether the day is open is asked for the whole day, whatever its hours.
  const wholeDays: BusinessCalendar = { ...calendar, from: '00:00', to: '23:59' }
  for (let passed = 0; passed < mostDaysPassedOver; passed += 1) {
    if (nextBusinessInstant(at, wholeDays, zone) === at) return at
    at = nextLocalTime({ after: at, zone, days: config.days, time: config.time, inclusive: false })
  }
  return at
}

/** Waits for the next of some weekdays at a time of day, in the lead's or a fixed zone. */
export const waitUntilTime = defineStep<Config>({
  type: 'wait_until_time',
  version: 1,
  title: 'Wait until a day and time',
  category: 'time',
  icon: 'calendar-time',
  description: 'Waits for the next of some weekdays at a time of day.',
  synonyms: ['friday', 'morning', 'weekday', 'office hours'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ days, time, zone, businessDays }) =>
    `Wait until ${days.length === weekdays.length ? 'any day' : describeDays(days, 'or')} ${time}${zone === undefined ? '' : ` (${zone})`}${
      businessDays ? ', business days' : ''
    }`,
  check: (config) => checkZone(config.zone),
  rests: () => true,
  run: (context) => {
    const { config, settings } = context
    const zone = config.zone ?? context.zone
    const wait = messageWait(context, (from) => nextTime(config, from, settings.calendar, zone))
    return restOrLeave(wait, {
      port: 'next',
      reason: `It is ${config.time} on the day waited for.`,
      resting: `Waits until ${config.days.join(', ')} ${config.time}.`,
    })
  },
})
