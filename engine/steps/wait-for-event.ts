/** Wait until the lead does something, or until it took too long. */
import { z } from 'zod'
import { findPropertyOperator, matchesProperties } from '../conditions/properties.ts'
import { propertyFilterSchema } from '../conditions/schema.ts'
import type { FactEvent } from '../facts.ts'
import { durationSchema } from '../graph/schema.ts'
import { addDuration, describeDuration } from '../schedule/duration.ts'
import { eventNameField } from './config-fields.ts'
import { defineStep, type StepContext } from './contract.ts'
import { lookUp } from './lookup.ts'
import { messageWait } from './message-wait.ts'
import { checkTimeout, problem, type StepIssue } from './problems.ts'
import { restOrLeave } from './rest-or-leave.ts'
import { describeConditionCount, describeEvent } from './summary-words.ts'

const configSchema = z.strictObject({
  event: eventNameField,
  where: z
    .array(propertyFilterSchema)
    .max(20)
    .default([])
    .meta({
      title: 'Where',
      description: 'Only events whose properties match all of these.',
      picks: 'filters',
      ui: { of: 'event' },
    }),
  timeout: durationSchema.optional().meta({
    title: 'At most',
    description: 'After this long the lead leaves by "Did not happen".',
    picks: 'duration',
    ui: { needed: true },
  }),
})
type Config = z.infer<typeof configSchema>

/**
 * The first matching event after the look-back anchor and not after now: an answer that came between the message and
 * this step counts. Strictly after: what happened at the anchor itself is the event that brought the lead in, or the
 * one an earlier wait has used up.
 */
function findEvent({ config, facts, anchorAt, now }: StepContext<Config>): FactEvent | undefined {
  const events = lookUp(facts.events, config.event) ?? []
  let first: FactEvent | undefined
  for (const event of events) {
    if (event.occurredAt <= anchorAt || event.occurredAt > now) continue
    if (first !== undefined && first.occurredAt <= event.occurredAt) continue
    if (matchesProperties(event.properties, config.where)) first = event
  }
  return first
}

/** RULE_VALUE_INVALID at each filter whose value does not fit its operator. */
function checkFilters(where: Config['where']): StepIssue[] {
  return where.flatMap(({ op, value, property }, index) => {
    const read = findPropertyOperator(op)?.resolve(value)
    if (read === undefined || read.ok) return []
    return [
      problem(
        'RULE_VALUE_INVALID',
        ['where', index, 'value'],
        `The condition on "${property}" has no fitting value. ${read.message}`,
      ),
    ]
  })
}

/** Waits for an event of the lead. */
export const waitForEvent = defineStep<Config>({
  type: 'wait_for_event',
  version: 1,
  title: 'Wait for an event',
  category: 'time',
  icon: 'hourglass',
  description: 'Waits until the lead does something, and goes another way when it does not in time.',
  synonyms: ['until', 'reply', 'download', 'answer', 'click', 'timeout'],
  config: configSchema,
  ports: () => [
    { id: 'happened', label: 'Happened' },
    { id: 'timeout', label: 'Did not happen' },
  ],
  summary: ({ event, where, timeout }) =>
    `Wait for ${describeEvent(event)}${describeConditionCount(where.length)}${
      timeout === undefined ? '' : `, at most ${describeDuration(timeout)}`
    }`,
  needs: ({ event }) => ({ events: [event] }),
  check: ({ timeout, where }) => [...checkTimeout(timeout), ...checkFilters(where)],
  rests: () => true,
  simulate: [
    { port: 'happened', weight: 20, after: 'P1D' },
    { port: 'timeout', weight: 80 },
  ],
  run: (context) => {
    const { config, zone } = context
    const event = findEvent(context)
    if (event !== undefined) {
      return {
        kind: 'leave',
        port: 'happened',
        reason: `"${config.event}" happened.`,
        detail: { occurredAt: event.occurredAt, properties: event.properties },
        lookBackFrom: event.occurredAt,
      }
    }
    const on = [`event:${config.event}`] as const
    const { timeout } = config
    const resting = `Waits for "${config.event}".`
    if (timeout === undefined) return { kind: 'rest', wakeAt: null, on: [...on], memory: null, reason: resting }
    const wait = messageWait(context, (from) => addDuration(from, timeout, zone))
    return restOrLeave(wait, {
      port: 'timeout',
      reason: `"${config.event}" did not happen within ${describeDuration(timeout)}.`,
      resting,
      on: [...on],
    })
  },
})
