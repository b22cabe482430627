/** Hand the lead to a person on the telephone. */
import { z } from 'zod'
import { ruleSchema } from '../conditions/schema.ts'
import { durationSchema } from '../graph/schema.ts'
import type { Instant, Json } from '../facts.ts'
import { builtInEvents } from '../vocabulary.ts'
import { addBusinessDuration } from './business-duration.ts'
import { defineStep, type Outcome, type StepContext, type WaitKey } from './contract.ts'
import { describeGateReason } from './gate-reasons.ts'
import { lookUp } from './lookup.ts'
import { checkDuration } from './problems.ts'
import {
  assigneeOf,
  checkTask,
  dueAt,
  escalationOf,
  leaveByTask,
  outcomePorts,
  outcomesSchema,
  taskFields,
} from './task-fields.ts'

const configSchema = z.strictObject({
  title: z
    .string()
    .min(1)
    .max(200)
    .default('Call this lead')
    .meta({ title: 'Title', description: 'What the task is called in the inbox.' }),
  reason: z.string().min(1, 'Say why the lead should be called.').max(500).meta({
    title: 'Why now',
    description: 'One sentence for the person who calls.',
  }),
  because: ruleSchema.optional().meta({
    title: 'Because',
    description: 'A rule whose sentence, with what is true of this lead, is added to the reason.',
    picks: 'rule',
  }),
  talkTrack: z.string().max(10_000).default('').meta({ title: 'Talk track', description: 'What to say and to ask.' }),
  outcomes: outcomesSchema
    .default([
      { id: 'interested', label: 'Interested' },
      { id: 'not_interested', label: 'Not interested' },
      { id: 'no_answer', label: 'No answer' },
    ])
    .meta({ title: 'Outcomes', description: 'What the person chooses from; each is a way out.' }),
  ...taskFields,
  afterCoolOff: z.enum(['wait', 'refuse']).default('wait').meta({
    title: 'Right after a download',
    description: 'Wait: the task appears when the cool-off is over. Refuse: leave by "Must not be called".',
  }),
  expireAfter: durationSchema.optional().meta({
    title: 'Withdraw after',
    description:
      'In business time from when it may be called. The task is withdrawn and the lead leaves by "Not done". Empty: it stays open.',
    picks: 'duration',
  }),
})
type Config = z.infer<typeof configSchema>

/** The lead leaves by `refused`; an open task is withdrawn first. */
function refuse(why: string, withdraw: boolean): Outcome {
  const reason = `Must not be called: ${why}.`
  return {
    kind: 'leave',
    port: 'refused',
    reason,
    ...(withdraw ? { commands: [{ kind: 'cancel_task', reason }] } : {}),
  }
}

function createTask(context: StepContext<Config>, notBefore: Instant | null): Outcome {
  const { config, facts, now, settings } = context
  const from = notBefore ?? now
  const sentence = config.because === undefined ? '' : ` ${context.evaluate(config.because).trace.sentence}.`
  const expireAt =
    config.expireAfter === undefined
      ? null
      : addBusinessDuration(from, config.expireAfter, settings.calendar, settings.zone)
  return {
    ...rest(context, expireAt),
    commands: [
      {
        kind: 'create_task',
        taskKind: 'call',
        title: config.title,
        reason: `${config.reason}${sentence}`,
        talkTrack: config.talkTrack,
        queue: config.queue,
        assignee: assigneeOf(config, facts),
        outcomes: config.outcomes,
        notBefore,
        dueAt: dueAt(config, from, settings.calendar, settings.zone),
        escalation: escalationOf(config),
      },
    ],
  }
}

function rest({ key }: StepContext<Config>, expireAt: Instant | null) {
  const on: WaitKey[] = [`task:${key}`, 'field:do_not_call']
  const memory: Json = { expireAt }
  return { kind: 'rest' as const, wakeAt: expireAt, on, memory, reason: 'Waits for the call.' }
}

function rememberedExpiry(memory: Json): Instant | null {
  if (typeof memory !== 'object' || memory === null || Array.isArray(memory)) return null
  return typeof memory['expireAt'] === 'number' ? memory['expireAt'] : null
}

/**
 * Creates a call task and waits for its outcome. Nobody is called who must not be (do-not-call, suppression), outside
 * legal hours or within the cool-off after a download (PLAYBOOK D1, E7): the gate is asked on arrival, and again
 * whenever the lead is looked at, so that an open task is withdrawn.
 */
export const escalateToCall = defineStep<Config>({
  type: 'escalate_to_call',
  version: 1,
  title: 'Escalate to call',
  category: 'sales',
  icon: 'phone',
  description: 'Gives a person the task of calling the lead, and goes on by what came of it.',
  synonyms: ['phone', 'sales', 'task', 'last chance', 'hand over'],
  config: configSchema,
  ports: ({ outcomes }) => [
    ...outcomePorts(outcomes),
    { id: 'refused', label: 'Must not be called', optional: true },
    { id: 'expired', label: 'Not done', optional: true },
  ],
  summary: ({ reason, queue, sla }) => `Call (${queue}${sla === undefined ? '' : `, within ${sla}`}): ${reason}`,
  needs: () => ({ events: [builtInEvents.downloaded], deliveries: true }),
  rules: ({ because }) => (because === undefined ? [] : [{ rule: because, path: ['because'] }]),
  check: (config) => [...checkTask(config, config.outcomes), ...checkDuration(config.expireAfter, ['expireAfter'])],
  rests: () => true,
  simulate: [
    { port: 'outcome:interested', weight: 25, after: 'PT6H' },
    { port: 'outcome:not_interested', weight: 25, after: 'PT6H' },
    { port: 'outcome:no_answer', weight: 50, after: 'PT6H' },
  ],
  run: (context) => {
    const { config, facts, gate, key, memory, now } = context
    const task = lookUp(facts.own.tasks, key)
    const done = leaveByTask(task)
    if (done !== null) return done
    const decision = gate({ channel: 'phone', purpose: 'nurture', now, staleAt: null, overCap: 'defer' })
    if (decision.verdict === 'skipped') return refuse(describeGateReason(decision.reason), task !== undefined)
    if (task !== undefined) {
      const expireAt = rememberedExpiry(memory)
      if (expireAt === null || now < expireAt) return rest(context, expireAt)
      const reason = 'Nobody called in time.'
      return { kind: 'leave', port: 'expired', reason, commands: [{ kind: 'cancel_task', reason }] }
    }
    if (decision.verdict === 'deferred' && decision.reason === 'cool_off' && config.afterCoolOff === 'refuse') {
      return refuse(describeGateReason('cool_off'), false)
    }
    return createTask(context, decision.verdict === 'deferred' ? decision.notBefore : null)
  },
})
