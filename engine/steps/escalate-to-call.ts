/** Hand the lead to a person on the telephone. */
import { z } from 'zod'
import { ruleSchema } from '../conditions/schema.ts'
import { durationSchema } from '../graph/schema.ts'
import type { Instant } from '../facts.ts'
import { coolOffEndsAt } from '../gate/gate.ts'
import { pauseEndsAt } from '../gate/lead-wishes.ts'
import type { GateDecision } from '../gate/types.ts'
import { preferenceFields } from '../preferences.ts'
import { describeDuration } from '../schedule/duration.ts'
import { builtInEvents } from '../vocabulary.ts'
import { addBusinessDuration } from './business-duration.ts'
import { defineStep, type Command, type Outcome, type StepContext, type WaitKey } from './contract.ts'
import { describeGateReason } from './gate-reasons.ts'
import { lookUp } from './lookup.ts'
import { checkDuration } from './problems.ts'
import {
  assigneeOf,
  checkTask,
  closeOnOf,
  dueAt,
  escalationOf,
  leaveByTask,
  outcomePorts,
  outcomesSchema,
  restUntilEffective,
  taskFields,
  taskHours,
} from './task-fields.ts'
import { climb, readTaskMemory, type TaskMemory } from './task-ladder.ts'

const configSchema = z.strictObject({
  title: z
    .string()
    .min(1)
    .max(200)
    .default('Call this lead')
    .meta({ title: 'Title', description: 'What the task is called in the inbox.' }),
  reason: z
    .string()
    .min(1, 'Say why the lead should be called.')
    .max(500)
    .meta({
      title: 'Why now',
      description: 'One sentence for the person who calls.',
      ui: { control: 'paragraph' },
    }),
  because: ruleSchema.optional().meta({
    title: 'Because',
    description: 'A rule whose sentence, with what is true of this lead, is added to the reason.',
    picks: 'rule',
    ui: { advanced: true },
  }),
  talkTrack: z
    .string()
    .max(10_000)
    .default('')
    .meta({ title: 'Talk track', description: 'What to say and to ask.', ui: { control: 'paragraph' } }),
  outcomes: outcomesSchema
    .default([
      { id: 'interested', label: 'Interested' },
      { id: 'not_interested', label: 'Not interested' },
      { id: 'no_answer', label: 'No answer' },
    ])
    .meta({
      title: 'Outcomes',
      description: 'What the person chooses from; each is a way out.',
      ui: { entry: 'outcome' },
    }),
  ...taskFields,
  afterCoolOff: z
    .enum(['wait', 'refuse'])
    .default('wait')
    .meta({
      title: 'Right after a download',
      description: 'Nobody is called who has only just downloaded something.',
      ui: {
        section: 'Deadline',
        advanced: true,
        options: { wait: 'Wait until the cool-off is over', refuse: 'Leave by “Must not be called”' },
      },
    }),
  expireAfter: durationSchema.optional().meta({
    title: 'Withdraw after',
    description:
      'In business time from when it may be called. The task is withdrawn and the lead leaves by "Not done". Empty: it stays open.',
    picks: 'duration',
    ui: { section: 'Deadline', empty: 'Never: it stays open' },
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
  const { config, facts, now } = context
  const sentence = config.because === undefined ? '' : ` ${context.evaluate(config.because).trace.sentence}.`
  const due = dueAt(config, notBefore ?? now, context)
  const memory = { expireAt: expiry(context, notBefore ?? now), notBefore, dueAt: due, rungs: 0 }
  return rest(context, memory, [
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
      dueAt: due,
      escalation: escalationOf(config),
      closeOn: closeOnOf(config),
    },
  ])
}

function expiry(context: StepContext<Config>, from: Instant): Instant | null {
  const { expireAfter } = context.config
  if (expireAfter === undefined) return null
  const { calendar, zone } = taskHours(context.config, context)
  return addBusinessDuration(from, expireAfter, calendar, zone)
}

/**
 * Nobody has called yet: a new cool-off, or a pause the lead asks for, puts the call off, with its deadline. Legal hours that have merely begun or ended
 * do not: they are looked at when the task is worked, and a look at night must not change it.
 */
function goOnWaiting(context: StepContext<Config>, decision: GateDecision): Outcome {
  const { config, now } = context
  const commands: Command[] = []
  let memory = readTaskMemory(context.memory)
  const heldUntil = Math.max(coolOffEndsAt(context), pauseEndsAt(context.facts.fields, context.zone))
  if (decision.verdict === 'deferred' && heldUntil > Math.max(now, memory.notBefore ?? now)) {
    const { notBefore } = decision
    const due = dueAt(config, notBefore, context)
    const reason = `May not be called yet: ${describeGateReason(decision.reason)}.`
    commands.push({ kind: 'postpone_task', notBefore, dueAt: due, reason })
    memory = { ...memory, notBefore, dueAt: due, expireAt: expiry(context, notBefore) }
  }
  if (memory.expireAt !== null && now >= memory.expireAt) {
    const reason = 'Nobody called in time.'
    return { kind: 'leave', port: 'expired', reason, commands: [{ kind: 'cancel_task', reason }] }
  }
  return rest(context, memory, commands)
}

function rest(context: StepContext<Config>, memory: TaskMemory, commands: Command[]): Outcome {
  const on: WaitKey[] = [
    `task:${context.key}`,
    'field:do_not_call',
    `field:${preferenceFields.pausedUntil}`,
    'suppression:phone',
    `event:${builtInEvents.downloaded}`,
  ]
  const ladder = climb(context.config, memory, context)
  const instants = [memory.expireAt, ladder.nextAt].filter((instant) => instant !== null)
  return {
    kind: 'rest',
    wakeAt: instants.length === 0 ? null : Math.min(...instants),
    on,
    memory: { ...memory, rungs: ladder.rungs },
    reason: 'Waits for the call.',
    commands: [...commands, ...ladder.commands],
  }
}

/**
 * Creates a call task and waits for its outcome. Nobody is called who must not be (do-not-call, suppression), outside
 * legal hours or within the cool-off after a download (PLAYBOOK D1, E7): the gate is asked on arrival, and again
 * whenever the lead is looked at, so that an open task is put off or withdrawn.
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
  summary: ({ reason, queue, sla }) =>
    `Call (${queue}${sla === undefined ? '' : `, within ${describeDuration(sla)}`}): ${reason}`,
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
    const { config, facts, gate, key, now } = context
    const task = lookUp(facts.own.tasks, key)
    const undecided = restUntilEffective(task, context)
    if (undecided !== null) return undecided
    const done = leaveByTask(task)
    if (done !== null && task?.status === 'done') return done
    // A task that was withdrawn because of a suppression: the lead must not be called, rather than "nobody did".
    const decision = gate({ channel: 'phone', purpose: 'nurture', now, staleAt: null, overCap: 'defer' })
    if (decision.verdict === 'skipped') return refuse(describeGateReason(decision.reason), task?.status === 'open')
    if (done !== null) return done
    if (decision.verdict === 'deferred' && coolOffEndsAt(context) > now && config.afterCoolOff === 'refuse') {
      return refuse(describeGateReason('cool_off'), task !== undefined)
    }
    if (task !== undefined) return goOnWaiting(context, decision)
    return createTask(context, decision.verdict === 'deferred' ? decision.notBefore : null)
  },
})
